'use strict'
// What users rely on, and what careless callers do.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { mkdtempSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { Readable } = require('node:stream')
const { text } = require('node:stream/consumers')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const vatic = require('vatic')

const TEXT = Buffer.from('It was the best of times, it was the worst of times, it was the age of wisdom. '.repeat(50))
const folder = () => mkdtempSync(join(tmpdir(), 'vatic-'))
const code = (name) => ({ name: 'VaticError', code: `ERR_VATIC_${name}` })
const slow = { level: 5, groupSize: 1 << 16, dedup: false }
const work = () => Buffer.from(Array.from({ length: 1 << 22 }, (_, i) => ((i * i) >> 3) & 255))

test('one call takes anything that zlib takes', async () => {
  const view = new Uint8Array(TEXT)
  const inputs = [TEXT.toString(), TEXT, view, new DataView(view.buffer), view.buffer]
  for (const input of inputs) {
    const packed = await vatic.compress(input, { level: vatic.Preset.FAST })
    assert.ok(Buffer.isBuffer(packed))
    assert.deepEqual(packed, vatic.compressSync(input, { level: 2 }))
    assert.deepEqual(await vatic.decompress(packed), TEXT)
    assert.deepEqual(vatic.decompressSync(new Uint8Array(packed)), TEXT)
  }
  assert.equal((await vatic.decompress(await vatic.compress(''))).length, 0)
  assert.deepEqual(vatic.decompressSync(vatic.compressSync(new Float64Array([1, 2])))
    .equals(Buffer.from(new Float64Array([1, 2]).buffer)), true)
})

test('other types and options are refused', async () => {
  for (const wrong of [undefined, null, 5, {}, [1]]) {
    assert.throws(() => vatic.compressSync(wrong), TypeError)
    await assert.rejects(vatic.decompress(wrong), TypeError)
  }
  assert.throws(() => vatic.compressSync(TEXT, { levle: 3 }), TypeError)
  assert.throws(() => vatic.compressSync(TEXT, { level: 10 }), { ...code('INVALID_OPTION'), errno: 40, family: 'UsageError' })
  assert.throws(() => vatic.compressSync(TEXT, { level: 1.5 }), code('INVALID_OPTION'))
  assert.throws(() => vatic.compressSync(TEXT, { level: -1 }), code('INVALID_OPTION'))
  assert.equal(vatic.PARAMETERS.level.max, 9)
})

test('errors have codes', async () => {
  const packed = vatic.compressSync(TEXT)
  await assert.rejects(vatic.decompress(packed.subarray(0, -1)), { ...code('TRUNCATED'), errno: 20, family: 'DataError' })
  assert.throws(() => vatic.decompressSync('nonsense'), code('NOT_VATIC'))
  const zeros = vatic.compressSync(Buffer.alloc(1 << 20))
  assert.throws(() => vatic.decompressSync(zeros, { maxOutputLength: 1000 }), code('LIMIT'))
})

test('streams', async () => {
  const source = () => Readable.from(Array.from({ length: 100 }, () => TEXT))
  const through = source().pipe(vatic.createCompress({ level: 2 })).pipe(vatic.createDecompress())
  assert.equal(await text(through), TEXT.toString().repeat(100))

  const web = Readable.toWeb(source()).pipeThrough(vatic.toWeb(vatic.createCompress()))
  const back = Readable.fromWeb(web.pipeThrough(vatic.toWeb(vatic.createDecompress())))
  assert.equal(await text(back), TEXT.toString().repeat(100))

  const cut = Readable.from([vatic.compressSync(TEXT).subarray(0, -1)]).pipe(vatic.createDecompress())
  await assert.rejects(text(cut), code('TRUNCATED'))
  assert.throws(() => vatic.createCompress().write(5), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('a flush can be decompressed', async () => {
  const compressor = vatic.createCompress()
  const decompressor = vatic.createDecompress()
  compressor.on('data', (data) => decompressor.write(data))
  for (const message of ['first message', 'second message']) {
    const got = new Promise((resolve) => decompressor.once('data', resolve))
    compressor.write(message, () => compressor.flush())
    assert.equal((await got).toString(), message)
  }
  compressor.destroy()
  decompressor.destroy()
  // Right behind a write, again, and behind the end.
  const quick = vatic.createCompress()
  const pieces = []
  quick.on('data', (piece) => pieces.push(piece))
  quick.write('first ')
  await new Promise((done) => quick.flush(done))
  assert.ok(Buffer.concat(pieces).length > 0)
  await new Promise((done) => quick.flush(done))
  quick.end('second')
  await new Promise((done) => quick.flush(done))
  await new Promise((done) => quick.flush(done))
  assert.equal(vatic.decompressSync(Buffer.concat(pieces)).toString(), 'first second')
})

test('what expands enormously waits for its reader', async () => {
  const decompressor = vatic.createDecompress({ highWaterMark: 1 << 16 })
  decompressor.end(vatic.compressSync(Buffer.alloc(1 << 26), { level: 2 }))
  let total = 0
  for await (const piece of decompressor) total += piece.length
  assert.equal(total, 1 << 26)
})

test('a signal stops work', async () => {
  const data = work()
  const stopper = new AbortController()
  setTimeout(() => stopper.abort(), 100)
  await assert.rejects(vatic.compress(data, { ...slow, signal: stopper.signal }), { name: 'AbortError' })
  await assert.rejects(vatic.compress(TEXT, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  const stream = vatic.createCompress({ signal: stopper.signal })
  await assert.rejects(text(stream), { name: 'AbortError' })
})

test('the event loop and files go on meanwhile', async () => {
  // More than libuv has threads, so that a file would have to wait if they were taken.
  const data = work().subarray(0, 1 << 20)
  let finished = 0
  const jobs = Array.from({ length: 6 }, () => vatic.compress(data, slow).then(() => finished++))
  await require('node:fs/promises').readFile(__filename)
  assert.equal(finished, 0)
  await Promise.all(jobs)
})

test('keys', async () => {
  const cheap = { kdfMemory: 1 << 20, kdfPasses: 1 }
  const { identity, recipient } = vatic.Key.generateIdentity()
  const raw = Buffer.alloc(32, 7)
  const packed = await vatic.compress(TEXT, { ...cheap, keys: [raw, 'pässword', vatic.Key.recipient(recipient)] })
  for (const keys of [raw, 'pässword', vatic.Key.identity(identity)]) {
    assert.deepEqual(await vatic.decompress(packed, { keys }), TEXT)
  }
  await assert.rejects(vatic.decompress(packed), code('KEY_NEEDED'))
  await assert.rejects(vatic.decompress(packed, { keys: Buffer.alloc(32) }), code('WRONG_KEY'))
  await assert.rejects(vatic.decompress(vatic.compressSync(TEXT), { keys: raw }), code('NOT_SEALED'))
  assert.throws(() => vatic.Key.raw(Buffer.alloc(5)), code('INVALID_OPTION'))
})

test('archives', async () => {
  const root = folder()
  mkdirSync(join(root, 'in'))
  writeFileSync(join(root, 'in', 'a.txt'), TEXT)
  writeFileSync(join(root, 'later'), 'later')
  const target = join(root, 'x.vat')
  await vatic.createArchive(target, join(root, 'in'))
  await assert.rejects(vatic.createArchive(target, join(root, 'in')), code('EXISTS'))
  await vatic.appendArchive(target, [join(root, 'later')])
  for (const source of [target, readFileSync(target)]) {
    const archive = new vatic.Archive(source)
    const entry = archive.entries.find(({ name }) => name.endsWith('a.txt'))
    assert.equal(entry.kind, vatic.EntryKind.FILE)
    assert.deepEqual(entry.hash, vatic.hash(TEXT))
    assert.deepEqual(await archive.read(entry), TEXT)
    assert.deepEqual(await archive.read(entry.name), TEXT)
    await assert.rejects(archive.read('nothing'), code('NOT_FOUND'))
    await archive.verify()
  }
  const archive = new vatic.Archive(target)
  assert.equal(await archive.extract(join(root, 'some'), '*.txt'), 1)
  await assert.rejects(archive.extract(join(root, 'some'), '*.txt'), code('PARTIAL'))
  const [one, two] = [archive.verify(), archive.verify()]
  const results = await Promise.allSettled([one, two])
  assert.ok(results.some(({ status }) => status === 'fulfilled'))
})

test('random access', async () => {
  const data = Buffer.concat(Array.from({ length: 100 }, () => TEXT))
  const reader = new vatic.Reader(await vatic.compress(data, { groupSize: 1 << 16 }))
  assert.equal(reader.length, data.length)
  assert.deepEqual(await reader.readAt(200_001, 99), data.subarray(200_001, 200_100))
  await assert.rejects(reader.readAt(-1, 5), RangeError)
  await assert.rejects(reader.readAt(1e300, 5), RangeError)
})

test('a model is trained and used', async () => {
  const records = Array.from({ length: 400 }, (_, number) => Buffer.from(`{"user": ${number}, "action": "login"}`))
  const model = await vatic.Model.train(records, { size: 100_000 })
  assert.ok(model instanceof vatic.Model)
  assert.equal(model.id, new vatic.Model(model.toBytes()).id)
  assert.equal(model.id, (await vatic.Model.train(records.map(String), { size: 100_000 })).id)
  const batch = await vatic.compressMany(records, model, { recordTag: 2 })
  assert.ok(batch.length < Buffer.concat(records).length / 4)
  assert.deepEqual(await vatic.decompressMany(batch, { models: model }), records)
  await assert.rejects(vatic.decompressMany(batch), code('MODEL_MISSING'))
  const packed = await vatic.compress(records[7], { models: [model] })
  assert.deepEqual(await vatic.decompress(packed, { models: [model] }), records[7])

  await assert.rejects(vatic.Model.train([]), code('INVALID_OPTION'))
  await assert.rejects(vatic.Model.train(records, { size: 1 }), code('INVALID_OPTION'))
  await assert.rejects(vatic.Model.train(records, { size: -1 }), RangeError)
  await assert.rejects(vatic.Model.train(records, { sise: 1 }), TypeError)
  await assert.rejects(vatic.Model.train([5]), TypeError)
  const stop = new AbortController()
  const work = vatic.Model.train(Array.from({ length: 20 }, () => TEXT), { signal: stop.signal })
  stop.abort()
  await assert.rejects(work, { name: 'AbortError' })
})

test('models are made of others', async () => {
  const base = new vatic.Model(join(process.env.VATIC_VECTORS, 'transformer/random-23.vatm'))
  assert.deepEqual(base.parts, ['transformer'])
  const records = Array.from({ length: 20 }, (_, number) => Buffer.from(`{"user": ${number}, "action": "login"}`))
  const beside = await vatic.Model.train(records, { beside: base })
  assert.deepEqual(beside.parts, ['gates', 'transformer'])
  const packed = vatic.compressSync(records[7], { codec: vatic.Codec.NEURAL, models: beside })
  assert.deepEqual(vatic.decompressSync(packed, { models: beside }), records[7])
  const primer = await vatic.Model.train(records, { size: 100_000 })
  const joined = primer.join(base)
  assert.deepEqual(joined.parts, ['primer', 'transformer'])
  assert.equal(base.join(primer).id, joined.id)
  assert.throws(() => beside.join(base), code('INVALID_OPTION'))
  assert.throws(() => base.join({}), TypeError)
  await assert.rejects(vatic.Model.train(records, { beside: primer }), code('INVALID_OPTION'))
  await assert.rejects(vatic.Model.train(records, { beside: 'a.vatm' }), TypeError)

  const czm = vatic.decompressSync(readFileSync(join(process.env.VATIC_VECTORS, 'czip/flat.czm.vat')))
  assert.deepEqual(vatic.Model.fromCzm(czm).parts, ['transformer'])
  assert.throws(() => vatic.Model.fromCzm(czm.subarray(0, 5000)), { name: 'VaticError', family: 'DataError' })
})

test('models are checked', async () => {
  assert.throws(() => new vatic.Model(Buffer.from('nonsense')), { name: 'VaticError', family: 'DataError' })
  assert.throws(() => new vatic.Model('/nonexistent'), code('IO'))
  await assert.rejects(vatic.decompressMany('nonsense'), { name: 'VaticError' })
})

test('workers', async () => {
  const program = `
    const { parentPort } = require('node:worker_threads')
    const vatic = require('vatic')
    vatic.compress('from a worker').then((packed) => parentPort.postMessage(vatic.decompressSync(packed).toString()))`
  const answers = [1, 2].map(() => new Promise((resolve, reject) => {
    const worker = new Worker(program, { eval: true })
    worker.once('message', resolve)
    worker.once('error', reject)
  }))
  assert.deepEqual(await Promise.all(answers), ['from a worker', 'from a worker'])
})

test('both kinds of modules have the same', async () => {
  const names = (module) => Object.keys(module).filter((name) => name !== 'default').sort()
  assert.deepEqual(names(await import('vatic')), names(vatic))
  execFileSync(process.execPath, ['--input-type=module', '-e', 'import { compressSync } from "vatic"; compressSync("x")'])
})
