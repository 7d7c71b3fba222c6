'use strict'
// What holds where there is no addon. The tests of the addon hold too, but for those with folders; these are what could differ.

const assert = require('node:assert/strict')
const { mkdtempSync, readFileSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { Readable } = require('node:stream')
const { test } = require('node:test')
const vatic = require('vatic')

const TEXT = Buffer.from('It was the best of times, it was the worst of times, it was the age of wisdom. '.repeat(500))
const code = (name) => ({ name: 'VaticError', code: `ERR_VATIC_${name}` })

test('it is WebAssembly that runs', () => {
  assert.throws(() => require('vatic-linux-x64-gnu'))
  assert.ok(require.resolve('vatic-wasm32'))
})

test('every level and every way round', async () => {
  for (let level = 1; level <= 9; level++) {
    const packed = vatic.compressSync(TEXT, { level })
    assert.ok(packed.length < TEXT.length / 10, `level ${level}`)
    assert.deepEqual(vatic.decompressSync(packed), TEXT)
    assert.deepEqual(await vatic.compress(TEXT, { level }), packed)
  }
  assert.deepEqual(vatic.decompressSync(vatic.compressSync('')), Buffer.alloc(0))
  const random = Buffer.from(Array.from({ length: 3 << 20 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255))
  assert.deepEqual(vatic.decompressSync(vatic.compressSync(random, { level: 2 })), random)
})

test('streams', async () => {
  const pieces = []
  const packer = vatic.createCompress({ groupSize: 1 << 16 })
  for await (const piece of Readable.from([TEXT.subarray(0, 7), TEXT.subarray(7), TEXT]).pipe(packer)) pieces.push(piece)
  const plain = []
  for await (const piece of Readable.from(pieces).pipe(vatic.createDecompress())) plain.push(piece)
  assert.deepEqual(Buffer.concat(plain), Buffer.concat([TEXT, TEXT]))
  const cut = Readable.from([Buffer.concat(pieces).subarray(0, -3)]).pipe(vatic.createDecompress())
  await assert.rejects(async () => { for await (const piece of cut) void piece }, code('TRUNCATED'))
})

test('keys and their random numbers', async () => {
  const options = { keys: 'a password', kdfMemory: 1 << 20, kdfPasses: 1 }
  const [one, other] = [vatic.compressSync(TEXT, options), vatic.compressSync(TEXT, options)]
  assert.ok(!one.equals(other))
  assert.deepEqual(vatic.decompressSync(one, { keys: 'a password' }), TEXT)
  assert.throws(() => vatic.decompressSync(one, { keys: 'a guess' }), code('WRONG_KEY'))
  const { identity, recipient } = vatic.Key.generateIdentity()
  const sealed = await vatic.compress(TEXT, { keys: vatic.Key.recipient(recipient) })
  assert.deepEqual(await vatic.decompress(sealed, { keys: vatic.Key.identity(identity) }), TEXT)
})

test('models and records', async () => {
  const records = Array.from({ length: 400 }, (_, number) => Buffer.from(`{"user": ${number}, "action": "login"}`))
  const model = await vatic.Model.train(records, { size: 100_000 })
  const batch = await vatic.compressMany(records, model)
  assert.deepEqual(await vatic.decompressMany(batch, { models: model }), records)
  const again = new vatic.Model(model.toBytes())
  assert.equal(again.id, model.id)
  assert.deepEqual(again.metadata, {})
  await assert.rejects(vatic.Model.train([]), code('INVALID_OPTION'))

  const base = new vatic.Model(join(process.env.VATIC_VECTORS, 'transformer/random-23.vatm'))
  assert.deepEqual(model.join(base).parts, ['primer', 'transformer'])
  assert.throws(() => model.join(again), code('INVALID_OPTION'))
  assert.deepEqual((await vatic.Model.train(records.slice(0, 9), { beside: base })).parts, ['gates', 'transformer'])
  assert.throws(() => vatic.Model.fromCzm(Buffer.from('czm')), code('UNSUPPORTED'))
})

test('files are read, folders are not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatic-wasm-'))
  writeFileSync(join(folder, 'x.vat'), vatic.compressSync(TEXT, { groupSize: 1 << 16 }))
  const reader = new vatic.Reader(join(folder, 'x.vat'))
  assert.equal(reader.length, TEXT.length)
  assert.deepEqual(await reader.readAt(30_000, 99), TEXT.subarray(30_000, 30_099))
  assert.deepEqual(await reader.readAt(1e9, 99), Buffer.alloc(0))
  assert.throws(() => new vatic.Reader(join(folder, 'nothing')), code('IO'))
  assert.throws(() => new vatic.Archive(readFileSync(join(folder, 'x.vat'))), { name: 'VaticError' })
  await assert.rejects(vatic.createArchive(join(folder, 'y.vat'), folder), code('UNSUPPORTED'))
})

test('errors', async () => {
  const packed = vatic.compressSync(TEXT)
  assert.throws(() => vatic.decompressSync(packed.subarray(0, -1)), code('TRUNCATED'))
  assert.throws(() => vatic.decompressSync(packed, { maxOutputLength: 10 }), code('LIMIT'))
  assert.throws(() => vatic.compressSync(TEXT, { level: 10 }), code('INVALID_OPTION'))
  await assert.rejects(vatic.compress(TEXT, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  const stop = new AbortController()
  const work = vatic.compress(TEXT, { signal: stop.signal })
  stop.abort()
  await assert.rejects(work, { name: 'AbortError' })
})
