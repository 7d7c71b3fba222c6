// It only has to compile: what the types promise, and what they forbid.
import { Archive, Codec, Compress, Entry, Key, Model, Options, Preset, VaticError } from 'vatic'
import * as vatic from 'vatic'

const options: Options = { level: Preset.MAX, codec: Codec.BWT, threads: 0, checksum: false, keys: ['password', Key.raw(new Uint8Array(32))] }
export const packed: Promise<Buffer> = vatic.compress('text', { ...options, signal: new AbortController().signal })
export const plain: Buffer = vatic.decompressSync(new DataView(new ArrayBuffer(8)), { maxOutputLength: 10 })
export const stream: Compress = vatic.createCompress({ level: 2, highWaterMark: 10 })
export const entries: readonly Entry[] = new Archive('file').entries
export const many = (model: Model): Promise<Buffer> => vatic.compressMany(['a', Buffer.from('b')], model)
export const joined = (model: Model): string[] => Model.fromCzm(new Uint8Array()).join(model, model).parts
export const beside = (model: Model): Promise<Model> => Model.train(['a'], { beside: model })
export const trained: Promise<vatic.Model> = Model.train(['a', Buffer.from('b')], { size: 10_000, signal: new AbortController().signal })
export const most: number = vatic.PARAMETERS.level.max
export function isCut(error: unknown): boolean {
  return error instanceof VaticError && error.code === 'ERR_VATIC_TRUNCATED'
}

// @ts-expect-error there is no such option
vatic.compressSync('text', { levle: 3 })
// @ts-expect-error nor does it take numbers
vatic.compressSync(5)
// @ts-expect-error a signal is for promises
vatic.compressSync('text', { signal: new AbortController().signal })
