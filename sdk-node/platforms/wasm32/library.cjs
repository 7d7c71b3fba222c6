'use strict'
// The addon's interface over the library in WebAssembly, for whatever runs that: it calls the functions of vatic.h as C would, in the memory of
// the library. Nothing here knows Node; index.cjs does.

const OK = 0
const UNSUPPORTED = 12
const DST_TOO_SMALL = 34
const NOT_FOUND = 48
const CANCELLED = 50
const PANIC = 91
const CONTINUE = 0
const END = 2
const UNKNOWN = 2n ** 64n - 1n
/** Numbers of the fields of entries that the addon gives, and of the one with a sign. */
const FIELDS = 13
const MTIME_SECONDS = 5
const ROOM = 1 << 20
/** More than the name of a model's part has. */
const NAME_ROOM = 256

const fail = (code, message) => new Error(`vatic:${code}:${message}`)

/**
 * The classes and functions of the addon. `module` is the compiled library; `random` fills an Uint8Array with random bytes; `wrap` makes what
 * callers get of an Uint8Array of their own; `read` gives the bytes of a file.
 */
function library(module, { random, wrap = (bytes) => bytes, read }) {
  const { exports: c } = new WebAssembly.Instance(module, {
    env: {
      vatic_random(at, size) {
        try {
          random(new Uint8Array(c.memory.buffer, at, size))
          return 0
        } catch {
          return 1
        }
      },
    },
  })
  // A bug in the library stops it for good: there is no unwinding, so nobody knows what it left half done.
  let broken = false
  const call = (name, ...args) => {
    if (broken) throw fail(PANIC, 'the library has stopped; please report what made it')
    try {
      return c[name](...args)
    } catch (error) {
      broken = true
      throw fail(PANIC, `internal error: ${error.message}; please report it`)
    }
  }

  const memory = () => new Uint8Array(c.memory.buffer)
  const view = () => new DataView(c.memory.buffer)
  const u32 = (at) => view().getUint32(at, true)
  const u64 = (at) => view().getBigUint64(at, true)
  // A copy: the library's memory moves when it grows.
  const copy = (at, size) => wrap(memory().slice(at, at + size))
  const text = (at) => {
    if (at === 0) return ''
    const bytes = memory()
    return new TextDecoder().decode(bytes.slice(at, bytes.indexOf(0, at)))
  }

  const alloc = (size) => {
    const at = call('vatic_wasm_alloc', Math.max(size, 1)) >>> 0
    if (at === 0) throw fail(32, `no memory for ${size} bytes`)
    return at
  }
  const free = (at, size) => broken || call('vatic_wasm_free', at, Math.max(size, 1))

  /** Runs `work` with a function that lends memory until it is over. */
  function lending(work) {
    const lent = []
    const room = (size) => {
      const at = alloc(size)
      lent.push([at, size])
      return at
    }
    const put = (bytes) => {
      const at = room(bytes.length)
      memory().set(bytes, at)
      return at
    }
    try {
      return work({ room, put, name: (string) => put(new TextEncoder().encode(`${string}\0`)) })
    } finally {
      for (const [at, size] of lent) free(at, size)
    }
  }

  /** Throws for a status; `why` gives the text of the object that failed. */
  function check(status, why) {
    if (status === OK) return
    throw fail(status, (why && text(why())) || text(call('vatic_status_text', status)))
  }

  const garbage = new FinalizationRegistry((release) => release())
  /** An object of the library that is freed when `owner` is gone; `kept` is memory that it needs until then. */
  function own(owner, kind, at, kept) {
    garbage.register(owner, () => {
      if (broken) return
      call(`vatic_${kind}_free`, at)
      if (kept) free(...kept)
    })
    return at
  }
  /** What `make` stores where it is told to. */
  function made(owner, kind, make, why, kept) {
    const at = lending(({ room }) => {
      const result = room(4)
      view().setUint32(result, 0, true)
      check(make(result), why)
      return u32(result)
    })
    return owner ? own(owner, kind, at, kept) : at
  }
  /** The bytes that `make` stores an object of. */
  function taken(make, why) {
    const bytes = made(null, 'bytes', make, why)
    try {
      return copy(call('vatic_bytes_data', bytes), call('vatic_bytes_size', bytes))
    } finally {
      call('vatic_bytes_free', bytes)
    }
  }
  /** Bytes of which `give` tells the size if there is too little room. */
  function sized(give, why, guess = 256) {
    return lending(({ room }) => {
      const written = room(4)
      let [at, size] = [room(guess), guess]
      let status = give(at, size, written)
      if (status === DST_TOO_SMALL && u32(written) > size) {
        size = u32(written)
        at = room(size)
        status = give(at, size, written)
      }
      check(status, why)
      return copy(at, u32(written))
    })
  }
  /** Arrays of pointers and of sizes. */
  function many(list, { room, put }) {
    const [at, sizes] = [room(4 * list.length), room(4 * list.length)]
    list.forEach((bytes, index) => {
      const where = put(bytes)
      view().setUint32(at + 4 * index, where, true)
      view().setUint32(sizes + 4 * index, bytes.length, true)
    })
    return [at, sizes, list.length]
  }

  class Settings {
    constructor() {
      this.at = made(this, 'ctx', (result) => call('vatic_ctx_create', call('vatic_abi_version'), result))
      this.stopped = false
      this.why = () => call('vatic_ctx_error', this.at)
    }
    set(number, value) {
      if (!(value === Infinity || (Number.isSafeInteger(value) && value >= 0))) {
        throw fail(40, `${value} is no whole number from 0 on`)
      }
      check(call('vatic_ctx_set', this.at, number, value === Infinity ? UNKNOWN : BigInt(value)), this.why)
    }
    addModel(model) {
      check(call('vatic_ctx_add_model', this.at, model.at), this.why)
    }
    addKey(key) {
      check(call('vatic_ctx_add_key', this.at, key.at), this.why)
    }
    /** Work that has not begun does not begin. */
    stop() {
      this.stopped = true
    }
  }

  /** A promise of what `work` gives: later, and in this thread all the same. */
  const later = (settings, work) =>
    new Promise((resolve, reject) => {
      setTimeout(() => {
        try {
          if (settings?.stopped) throw fail(CANCELLED, 'cancelled')
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
    })

  class Model {
    constructor(make, settings = new Settings()) {
      this.at = made(this, 'model', (result) => make(result, settings.at), settings.why)
    }
    static fromBytes(data) {
      return lending(({ put }) => {
        const at = put(data)
        return new Model((result, ctx) => call('vatic_model_from_memory', ctx, at, data.length, result))
      })
    }
    static fromFile(path) {
      return Model.fromBytes(read(path))
    }
    static fromCzm(data) {
      return lending(({ put }) => {
        const at = put(data)
        return new Model((result, ctx) => call('vatic_model_from_czm', ctx, at, data.length, result))
      })
    }
    static train(samples, size, beside, settings) {
      return later(settings, () =>
        lending((lend) => {
          const list = many(samples, lend)
          const [name, ...base] = beside ? ['vatic_model_train_beside', beside.at] : ['vatic_model_train']
          return new Model((result, ctx) => call(name, ctx, ...base, ...list, size, result), settings)
        }),
      )
    }
    join(other) {
      return lending(({ room }) => {
        const both = room(8)
        view().setUint32(both, this.at, true)
        view().setUint32(both + 4, other.at, true)
        return new Model((result, ctx) => call('vatic_model_join', ctx, both, 2, result))
      })
    }
    get parts() {
      return lending(({ room }) => {
        const [name, size, names] = [room(NAME_ROOM), room(4), []]
        for (;;) {
          const status = call('vatic_model_part', this.at, names.length, name, NAME_ROOM, size)
          if (status === NOT_FOUND) return names
          check(status)
          names.push(new TextDecoder().decode(memory().slice(name, name + u32(size))))
        }
      })
    }
    toBytes() {
      return taken((result) => call('vatic_model_to_bytes', this.at, result))
    }
    get id() {
      return lending(({ room }) => {
        const id = room(32)
        check(call('vatic_model_id', this.at, id))
        return Array.from(memory().slice(id, id + 32), (byte) => byte.toString(16).padStart(2, '0')).join('')
      })
    }
    get metadata() {
      const words = new TextDecoder().decode(taken((result) => call('vatic_wasm_model_metadata', this.at, result))).split('\0')
      const pairs = {}
      for (let at = 0; at + 1 < words.length; at += 2) pairs[words[at]] = words[at + 1]
      return pairs
    }
  }

  class Key {
    constructor(make) {
      this.at = made(this, 'key', make)
    }
    static password(password) {
      const bytes = new TextEncoder().encode(password)
      return lending(({ put }) => {
        const at = put(bytes)
        return new Key((result) => call('vatic_key_password', at, bytes.length, result))
      })
    }
    static raw(data) {
      if (data.length !== 32) throw fail(40, 'a raw key has 32 bytes')
      return lending(({ put }) => {
        const at = put(data)
        return new Key((result) => call('vatic_key_raw', at, result))
      })
    }
    static recipient(recipient) {
      return lending(({ name }) => {
        const at = name(recipient)
        return new Key((result) => call('vatic_key_recipient', at, result))
      })
    }
    static identity(identity) {
      return lending(({ name }) => {
        const at = name(identity)
        return new Key((result) => call('vatic_key_identity', at, result))
      })
    }
    static generateIdentity() {
      return lending(({ room }) => {
        const [identity, recipient] = [room(128), room(128)]
        check(call('vatic_key_generate_identity', identity, 128, recipient, 128))
        return [text(identity), text(recipient)]
      })
    }
  }

  const oneShot = (name) => (data, settings) =>
    lending(({ put }) => {
      const at = put(data)
      return taken((result) => call(name, settings.at, at, data.length, result), settings.why)
    })
  const compressSync = oneShot('vatic_compress_alloc')
  const decompressSync = oneShot('vatic_decompress_alloc')

  /** Either half of streaming: what is not taken yet waits here. */
  class Stream {
    constructor(kind, settings) {
      this.kind = kind
      this.at = made(this, kind, (result) => call(`vatic_${kind}_create`, settings.at, result), settings.why)
      this.why = () => call(`vatic_${kind}_error`, this.at)
      this.settings = settings
    }
    /** One call: `[output, bytes taken, bytes that remain]`. */
    run(data, op, most) {
      return lending(({ room, put }) => {
        const [input, output, out, remaining] = [room(12), room(12), room(most), room(4)]
        const at = put(data)
        const set = (buffer, ...words) => words.forEach((word, index) => view().setUint32(buffer + 4 * index, word, true))
        set(input, at, data.length, 0)
        set(output, out, most, 0)
        check(call(`vatic_${this.kind}_run`, this.at, output, input, op, remaining), this.why)
        return [copy(out, u32(output + 8)), u32(input + 8), u32(remaining)]
      })
    }
  }

  class Encoder extends Stream {
    constructor(settings) {
      super('encoder', settings)
    }
    push(data, op) {
      return later(this.settings, () => {
        const pieces = []
        for (let rest = data, more = true; more; ) {
          const [piece, taken, remaining] = this.run(rest, op, ROOM)
          pieces.push(piece)
          rest = rest.subarray(taken)
          more = op === CONTINUE ? rest.length > 0 || piece.length === ROOM : remaining > 0
        }
        return joined(pieces)
      })
    }
  }

  class Decoder extends Stream {
    #rest = new Uint8Array(0)
    #waiting = false

    constructor(settings) {
      super('decoder', settings)
    }
    pull(data, most, end) {
      return later(this.settings, () => {
        const input = joined([this.#rest, data])
        const [piece, taken, remaining] = this.run(input, end ? END : CONTINUE, most)
        this.#rest = input.slice(taken)
        this.#waiting = this.#rest.length > 0 || piece.length === most || (end && remaining > 0)
        return piece
      })
    }
    get waiting() {
      return this.#waiting
    }
  }

  function joined(pieces) {
    const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let at = 0
    for (const piece of pieces) {
      out.set(piece, at)
      at += piece.length
    }
    return wrap(out)
  }

  const compressMany = (list, model, settings) =>
    later(settings, () =>
      lending((lend) => {
        const lists = many(list, lend)
        return taken((result) => call('vatic_compress_many', settings.at, model.at, ...lists, result), settings.why)
      }),
    )

  const decompressMany = (data, settings) =>
    later(settings, () => {
      const batch = lending(({ put }) => {
        const at = put(data)
        return made(null, 'batch', (result) => call('vatic_batch_open', settings.at, at, data.length, result), settings.why)
      })
      try {
        const why = () => call('vatic_batch_error', batch)
        const count = lending(({ room }) => {
          const at = room(8)
          check(call('vatic_batch_count', batch, at), why)
          return Number(u64(at))
        })
        const get = (index) => (...room) => call('vatic_batch_get', batch, BigInt(index), ...room)
        return Array.from({ length: count }, (_, index) => sized(get(index), why))
      } finally {
        if (!broken) call('vatic_batch_free', batch)
      }
    })

  /** An object that reads bytes which stay where they are for as long as it lives. */
  class Source {
    constructor(kind, data, settings) {
      const at = alloc(data.length)
      memory().set(data, at)
      const make = (result) => call(`vatic_${kind}_from_memory`, settings.at, at, data.length, result)
      try {
        this.at = made(this, kind, make, settings.why, [at, data.length])
      } catch (error) {
        free(at, data.length)
        throw error
      }
      this.why = () => call(`vatic_${kind}_error`, this.at)
    }
    /** A number of 64 bits that `give` stores. */
    number(give) {
      return lending(({ room }) => {
        const at = room(8)
        view().setBigUint64(at, 0n, true)
        check(give(at), this.why)
        return u64(at)
      })
    }
  }

  class Reader extends Source {
    static fromBytes(data, settings) {
      return new Reader('reader', data, settings)
    }
    static open(path, settings) {
      return Reader.fromBytes(read(path), settings)
    }
    get length() {
      return Number(this.number((at) => call('vatic_reader_length', this.at, at)))
    }
    readAt(offset, size) {
      const most = Math.min(size, Math.max(this.length - offset, 0))
      const give = (dst, capacity, written) => call('vatic_reader_read_at', this.at, BigInt(offset), dst, capacity, written)
      return later(null, () => sized(give, this.why, most))
    }
  }

  class Archive extends Source {
    static fromBytes(data, settings) {
      return new Archive('archive', data, settings)
    }
    static open(path, settings) {
      return Archive.fromBytes(read(path), settings)
    }
    entries() {
      const count = Number(this.number((at) => call('vatic_archive_count', this.at, at)))
      return Array.from({ length: count }, (_, index) => this.#entry(index))
    }
    #entry(index) {
      const words = (what) => sized((...room) => call(`vatic_archive_entry_${what}`, this.at, index, ...room), this.why)
      const value = (field) => {
        const number = this.number((at) => call('vatic_archive_entry_get', this.at, index, field, at))
        return Number(field === MTIME_SECONDS ? BigInt.asIntN(64, number) : number)
      }
      const hash = lending(({ room }) => {
        const at = room(32)
        return call('vatic_archive_entry_hash', this.at, index, at) === OK ? copy(at, 32) : undefined
      })
      return { name: words('name'), target: words('target'), hash, values: Array.from({ length: FIELDS }, (_, field) => value(field)) }
    }
    read(index) {
      return later(null, () => sized((...room) => call('vatic_archive_read', this.at, index, ...room), this.why))
    }
    verify() {
      return later(null, () => check(call('vatic_archive_verify', this.at), this.why))
    }
    extract() {
      return noFolders()
    }
  }
  const noFolders = () => Promise.reject(fail(UNSUPPORTED, 'this build of the library works on memory, and not on folders and files'))

  return {
    Archive,
    Decoder,
    Encoder,
    Key,
    Model,
    Reader,
    Settings,
    appendArchive: noFolders,
    compress: (data, settings) => later(settings, () => compressSync(data, settings)),
    compressMany,
    compressSync,
    createArchive: noFolders,
    decompress: (data, settings) => later(settings, () => decompressSync(data, settings)),
    decompressMany,
    decompressSync,
    hash: (data) =>
      lending(({ put, room }) => {
        const [at, hash] = [put(data), room(32)]
        check(call('vatic_hash', at, data.length, hash))
        return copy(hash, 32)
      }),
  }
}

module.exports = library
