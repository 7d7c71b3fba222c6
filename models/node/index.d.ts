import type { Model } from 'vatic'

/** The names of all models, sorted. Which they are for, `models/README.md` of the repository says. */
export function names(): string[]
/** The file of a model. Throws a RangeError where none has that name. */
export function path(name: string): string
/** A model, read once. Throws a RangeError where none has that name. */
export function load(name: string): Model
