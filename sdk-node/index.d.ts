import { Transform, TransformOptions } from 'node:stream'
import { ReadableWritablePair } from 'node:stream/web'

import { ErrorCode, ErrorFamily, Parameters } from './constants'

export { Codec, EntryKind, PARAMETERS, Parameters, Preset, Suite, ErrorCode, ErrorFamily } from './constants'

/** Bytes; a string counts as UTF-8. */
export type Input = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer
/** A key, a password, or 32 secret bytes. */
export type KeyLike = Key | string | Uint8Array

/** Settings of one call or object. Names that are none are errors. */
export interface Options extends Parameters {
  /** Models that encoding may use and decoding may need. */
  models?: Model | Model[]
  /** What seals the output, and what opens the input: any one of them. With keys, data that is not sealed is refused. */
  keys?: KeyLike | KeyLike[]
  /** As in zlib: more output than this is an error. */
  maxOutputLength?: number
}

/** For calls that give a promise. */
export interface AsyncOptions extends Options {
  /** Ends the work, between groups; the promise is rejected with the signal's reason. */
  signal?: AbortSignal
}

/** For streams. */
export interface StreamOptions extends Options, Pick<TransformOptions, 'highWaterMark' | 'signal'> {}

/** Whatever goes wrong in vatic. */
export class VaticError extends Error {
  readonly code: ErrorCode
  /** The same number in every language. */
  readonly errno: number
  readonly family: ErrorFamily
}

/** Compresses `data` into one frame. */
export function compress(data: Input, options?: AsyncOptions): Promise<Buffer>
/** Restores all frames of `data`. Of input from strangers, set `maxOutputLength`. */
export function decompress(data: Input, options?: AsyncOptions): Promise<Buffer>
export function compressSync(data: Input, options?: Options): Buffer
export function decompressSync(data: Input, options?: Options): Buffer

/** A stream that compresses into one frame. */
export class Compress extends Transform {
  constructor(options?: StreamOptions)
  /** Gives out everything so far in a form that can be decompressed. */
  flush(done?: (error?: Error) => void): void
}
/** A stream that restores any number of frames. */
export class Decompress extends Transform {
  constructor(options?: StreamOptions)
}
export function createCompress(options?: StreamOptions): Compress
export function createDecompress(options?: StreamOptions): Decompress
/** What `pipeThrough` of a web stream takes. */
export function toWeb(transform: Transform): ReadableWritablePair

/** How a model is trained. */
export interface TrainOptions {
  /** The most bytes that its tables may have; 0, the default, leaves that to the library. */
  size?: number
  /**
   * A model with a transformer: what is trained is what codec `NEURAL` begins with beside it, and comes as that model with it. A megabyte takes some ten
   * seconds or more.
   */
  beside?: Model
  /** Ends the work; the promise is rejected with the signal's reason. */
  signal?: AbortSignal
}

/** What experts know beforehand, from a `.vatm` file - its path or its bytes - or from training. It never changes. */
export class Model {
  constructor(source: string | ArrayBufferView | ArrayBuffer)
  /**
   * Trains a model on samples, each of them a record, a file or a part of one. Megabytes take seconds.
   *
   * **A model holds traces of what it was trained on.** Do not publish one that was trained on what is not to be published.
   */
  static train(samples: Iterable<Input>, options?: TrainOptions): Promise<Model>
  /** Reads the bytes of a `.czm` file of czip: a transformer, which computes what czip does. The library in WebAssembly has none of czip. */
  static fromCzm(data: ArrayBufferView | ArrayBuffer): Model
  /**
   * One model with the parts of all, and what this one says about itself. No two may have a part of the same name. What cites one of them is read with the
   * joined one too.
   */
  join(...others: Model[]): Model
  /** The names of its parts. */
  readonly parts: string[]
  /** In hexadecimal. */
  readonly id: string
  /** What it says about itself. */
  readonly metadata: Record<string, string>
  toBytes(): Buffer
}

/** What seals a file and what opens it. */
export class Key {
  private constructor()
  static password(text: string): Key
  /** 32 bytes from a good random generator. */
  static raw(data: Uint8Array): Key
  /** Whom to seal for: `age1...`. */
  static recipient(text: string): Key
  /** The secret half, which opens: `AGE-SECRET-KEY-1...`. */
  static identity(text: string): Key
  /** A new pair: the identity is to be kept, the recipient to be given away. */
  static generateIdentity(): { identity: string; recipient: string }
}

/** Codes records under a model into one batch. */
export function compressMany(records: Iterable<Input>, model: Model, options?: AsyncOptions): Promise<Buffer>
/** All records of a batch. */
export function decompressMany(data: Input, options?: AsyncOptions): Promise<Buffer[]>

/** Random access to the content of a file, by its path or its bytes; it decodes only the groups that are touched. */
export class Reader {
  constructor(source: string | ArrayBufferView | ArrayBuffer, options?: Options)
  readonly length: number
  /** Up to `size` bytes at `offset`, fewer at the end. */
  readAt(offset: number, size: number): Promise<Buffer>
}

/** One entry of an archive. */
export interface Entry {
  /** As text; `nameBytes` has the bytes, which need not be UTF-8. */
  name: string
  nameBytes: Buffer
  /** One of `EntryKind`. */
  kind: number
  size: number
  dataSize: number
  mode: number
  mtime: { seconds: number; nanos: number } | undefined
  owner: { uid: number; gid: number } | undefined
  /** What a link points to. */
  target: Buffer
  /** BLAKE3 of the content without its holes. */
  hash: Buffer | undefined
  generation: number
  device: { major: number; minor: number }
}

/** An archive that is open for reading, by its path or its bytes. */
export class Archive {
  constructor(source: string | ArrayBufferView | ArrayBuffer, options?: Options)
  /** In the order of their names. */
  readonly entries: readonly Entry[]
  /** The content of an entry, by its place, its name or itself. */
  read(which: number | string | Entry): Promise<Buffer>
  /** Extracts what shell patterns match, or everything; how many entries. Nothing is written outside of `target`. */
  extract(target: string, patterns?: string | string[]): Promise<number>
  /** Decodes everything and compares it with what the index says. */
  verify(): Promise<void>
}

/** Packs files and folders into a new archive, which appears whole or not at all. */
export function createArchive(target: string, inputs: string | string[], options?: AsyncOptions): Promise<void>
/** Adds files and folders to an archive. Contents that it has are not stored again. */
export function appendArchive(target: string, inputs: string | string[], options?: AsyncOptions): Promise<void>
/** BLAKE3: what `Entry.hash` is for contents. */
export function hash(data: Input): Buffer
