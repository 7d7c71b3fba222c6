'use strict'
// vatic in the shape of node:zlib. See index.d.ts for what everything takes and gives.

const { Transform } = require('node:stream')
const native = require('./native.cjs')
const { Preset, Codec, Suite, EntryKind, PARAMETERS, ERRORS } = require('./constants.cjs')

const CONTINUE = 0
const FLUSH = 1
const END = 2
const PIECE = 1 << 20
const EMPTY = Buffer.alloc(0)
/** Written where everything before it is to be given out. */
const FLUSH_MARK = Buffer.alloc(0)

/** Whatever goes wrong in vatic. */
class VaticError extends Error {
  constructor(errno, message) {
    super(message)
    const kind = ERRORS[errno] ?? { name: 'UNKNOWN', family: 'InternalError' }
    this.name = 'VaticError'
    this.code = `ERR_VATIC_${kind.name}`
    this.errno = errno
    this.family = kind.family
  }
}

/** The addon's errors say `vatic:NUMBER:TEXT`. */
function translate(error) {
  const parts = /^vatic:(\d+):([\s\S]*)$/.exec(error?.message ?? '')
  return parts ? new VaticError(Number(parts[1]), parts[2]) : error
}

function now(work) {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

async function later(work) {
  try {
    return await work()
  } catch (error) {
    throw translate(error)
  }
}

/** Bytes of anything that zlib takes, without a copy unless it is a text. */
function bytes(data) {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  if (data instanceof Uint8Array) return data
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data)
  throw new TypeError('data must be a string, Buffer, TypedArray, DataView or ArrayBuffer')
}

const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value])

function addKey(settings, key) {
  if (typeof key === 'string') settings.addKey(native.Key.password(key))
  else if (key instanceof Key) settings.addKey(key.native)
  else settings.addKey(native.Key.raw(bytes(key)))
}

/** Settings of the addon; unknown options are errors, so that a slip of the pen does not go unnoticed. */
function settingsOf(options = {}) {
  const settings = new native.Settings()
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (name === 'models') list(value).forEach((model) => settings.addModel(model.native))
    else if (name === 'keys') list(value).forEach((key) => addKey(settings, key))
    else if (name === 'maxOutputLength') settings.set(PARAMETERS.limitOutput.number, Number(value))
    else if (name === 'signal') continue
    else if (Object.hasOwn(PARAMETERS, name)) settings.set(PARAMETERS[name].number, Number(value))
    else throw new TypeError(`there is no option ${name}`)
  }
  return settings
}

/** Runs work that a signal can stop, between groups. */
async function abortable(options, start) {
  const signal = options?.signal
  signal?.throwIfAborted()
  const settings = now(() => settingsOf(options))
  const stop = () => settings.stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await later(() => start(settings))
  } catch (error) {
    if (signal?.aborted && error.code === 'ERR_VATIC_CANCELLED') throw signal.reason
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

async function compress(data, options) {
  const input = bytes(data)
  return abortable(options, (settings) => native.compress(input, settings))
}

async function decompress(data, options) {
  const input = bytes(data)
  return abortable(options, (settings) => native.decompress(input, settings))
}

const compressSync = (data, options) => now(() => native.compressSync(bytes(data), settingsOf(options)))
const decompressSync = (data, options) => now(() => native.decompressSync(bytes(data), settingsOf(options)))

/** A Transform whose work `step` does; pieces that are not strings or bytes are refused by the stream itself. */
class Compress extends Transform {
  #settings
  #encoder

  constructor(options = {}) {
    const { highWaterMark, signal, ...rest } = options
    super({ highWaterMark, signal })
    this.#settings = now(() => settingsOf(rest))
    this.#encoder = now(() => new native.Encoder(this.#settings))
  }

  #run(data, op, done) {
    this.#encoder.push(data, op).then(
      (out) => done(null, out.length > 0 ? out : undefined),
      (error) => done(translate(error)),
    )
  }

  _transform(chunk, _encoding, done) {
    this.#run(chunk, chunk === FLUSH_MARK ? FLUSH : CONTINUE, done)
  }

  _flush(done) {
    this.#run(EMPTY, END, done)
  }

  _destroy(error, done) {
    // A signal that is there already destroys the stream before it is made.
    if (#settings in this) this.#settings.stop()
    done(error)
  }

  /** Gives out everything so far in a form that can be decompressed; `done` is called when it is given. */
  flush(done = () => {}) {
    if (this.writableFinished) process.nextTick(done)
    else if (this.writableEnded) this.once('finish', () => done())
    else this.write(FLUSH_MARK, (error) => done(error ?? undefined))
  }
}

/** Restores any number of frames. */
class Decompress extends Transform {
  #settings
  #decoder

  constructor(options = {}) {
    const { highWaterMark, signal, ...rest } = options
    super({ highWaterMark, signal })
    this.#settings = now(() => settingsOf(rest))
    this.#decoder = now(() => new native.Decoder(this.#settings))
  }

  /** One piece of output after the other, each when there is room for it. */
  async #run(data, end) {
    let input = data
    do {
      const out = await this.#decoder.pull(input, PIECE, end)
      input = EMPTY
      if (out.length > 0 && !this.push(out)) await new Promise((resolve) => setImmediate(resolve))
    } while (!this.destroyed && this.#decoder.waiting)
  }

  _transform(chunk, _encoding, done) {
    this.#run(chunk, false).then(() => done(), (error) => done(translate(error)))
  }

  _flush(done) {
    this.#run(EMPTY, true).then(() => done(), (error) => done(translate(error)))
  }

  _destroy(error, done) {
    // A signal that is there already destroys the stream before it is made.
    if (#settings in this) this.#settings.stop()
    done(error)
  }
}

const createCompress = (options) => new Compress(options)
const createDecompress = (options) => new Decompress(options)
/** The pair that a web stream's pipeThrough takes. */
const toWeb = (transform) => Transform.toWeb(transform)

/** What experts know beforehand. */
class Model {
  constructor(source) {
    this.native = now(() => {
      if (source instanceof native.Model) return source
      return typeof source === 'string' ? native.Model.fromFile(source) : native.Model.fromBytes(bytes(source))
    })
  }

  static fromCzm(data) {
    return now(() => new Model(native.Model.fromCzm(bytes(data))))
  }

  static async train(samples, { size = 0, beside, signal, ...rest } = {}) {
    if (Object.keys(rest).length > 0) throw new TypeError(`there is no option ${Object.keys(rest)[0]}`)
    if (!(Number.isSafeInteger(size) && size >= 0)) throw new RangeError('size must be a whole number from 0 on')
    if (beside !== undefined && !(beside instanceof Model)) throw new TypeError('what to stand beside must be a Model')
    const list = Array.from(samples, bytes)
    return new Model(await abortable({ signal }, (settings) => native.Model.train(list, size, beside?.native, settings)))
  }

  join(...others) {
    return others.reduce((joined, other) => {
      if (!(other instanceof Model)) throw new TypeError('what to join must be a Model')
      return now(() => new Model(joined.native.join(other.native)))
    }, this)
  }

  get parts() {
    return this.native.parts
  }

  get id() {
    return this.native.id
  }

  get metadata() {
    return this.native.metadata
  }

  toBytes() {
    return now(() => this.native.toBytes())
  }
}

/** What seals a file and what opens it. */
class Key {
  constructor(made) {
    Object.defineProperty(this, 'native', { value: made })
  }

  static password(text) {
    return now(() => new Key(native.Key.password(text)))
  }

  static raw(data) {
    return now(() => new Key(native.Key.raw(bytes(data))))
  }

  static recipient(text) {
    return now(() => new Key(native.Key.recipient(text)))
  }

  static identity(text) {
    return now(() => new Key(native.Key.identity(text)))
  }

  static generateIdentity() {
    const [identity, recipient] = now(() => native.Key.generateIdentity())
    return { identity, recipient }
  }
}

const compressMany = (records, model, options) =>
  abortable(options, (settings) => native.compressMany(Array.from(records, bytes), model.native, settings))
const decompressMany = (data, options) =>
  abortable(options, (settings) => native.decompressMany(bytes(data), settings))

/** Random access to the content of a file. */
class Reader {
  #native

  constructor(source, options) {
    this.#native = now(() => {
      const settings = settingsOf(options)
      return typeof source === 'string'
        ? native.Reader.open(source, settings)
        : native.Reader.fromBytes(bytes(source), settings)
    })
  }

  get length() {
    return now(() => this.#native.length)
  }

  readAt(offset, size) {
    return later(async () => {
      if (!(Number.isSafeInteger(offset) && offset >= 0 && Number.isInteger(size) && size >= 0 && size < 2 ** 32)) {
        throw new RangeError('offset and size must be whole numbers from 0 on')
      }
      return this.#native.readAt(offset, size)
    })
  }
}

function entryOf({ name, target, hash, values }) {
  const [kind, size, dataSize, mode, timed, seconds, nanos, owned, uid, gid, generation, major, minor] = values
  return {
    name: name.toString(),
    nameBytes: name,
    kind,
    size,
    dataSize,
    mode,
    mtime: timed ? { seconds, nanos } : undefined,
    owner: owned ? { uid, gid } : undefined,
    target,
    hash: hash ?? undefined,
    generation,
    device: { major, minor },
  }
}

/** An archive that is open for reading. */
class Archive {
  #native
  #entries

  constructor(source, options) {
    this.#native = now(() => {
      const settings = settingsOf(options)
      return typeof source === 'string'
        ? native.Archive.open(source, settings)
        : native.Archive.fromBytes(bytes(source), settings)
    })
    this.#entries = now(() => this.#native.entries()).map(entryOf)
  }

  get entries() {
    return this.#entries
  }

  #place(which) {
    const index =
      typeof which === 'number'
        ? which
        : this.#entries.findIndex((entry) => entry === which || entry.name === which)
    if (!Number.isInteger(index) || index < 0 || index >= this.#entries.length) {
      throw new VaticError(48, `there is no entry ${typeof which === 'object' ? which?.name : which}`)
    }
    return index
  }

  read(which) {
    return later(async () => this.#native.read(this.#place(which)))
  }

  extract(target, patterns) {
    return later(() => this.#native.extract(target, list(patterns)))
  }

  verify() {
    return later(() => this.#native.verify())
  }
}

const createArchive = (target, inputs, options) =>
  abortable(options, (settings) => native.createArchive(target, list(inputs), settings))
const appendArchive = (target, inputs, options) =>
  abortable(options, (settings) => native.appendArchive(target, list(inputs), settings))
const hash = (data) => native.hash(bytes(data))

module.exports = {
  Archive,
  Codec,
  Compress,
  Decompress,
  EntryKind,
  Key,
  Model,
  PARAMETERS,
  Preset,
  Reader,
  Suite,
  VaticError,
  appendArchive,
  compress,
  compressMany,
  compressSync,
  createArchive,
  createCompress,
  createDecompress,
  decompress,
  decompressMany,
  decompressSync,
  hash,
  toWeb,
}
