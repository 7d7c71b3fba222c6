'use strict'
// Runs tests/vectors through the package: vectors.cjs FOLDER LANGUAGE [OUT]. Prints each that fails, then a line with the numbers.
// With OUT it writes vectors there instead, of what is never the same twice, for the other languages to read.

const { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { finished, pipeline } = require('node:stream/promises')
const { Readable, Writable } = require('node:stream')
const vatic = require('vatic')

function optionsOf(meta) {
  const keys = []
  const given = meta.keys ?? {}
  if (given.raw) keys.push(vatic.Key.raw(Buffer.from(given.raw, 'hex')))
  if (given.password) {
    if (Buffer.from(given.password).toString('hex') !== given.password_utf8) throw new Error("the password's bytes changed")
    keys.push(vatic.Key.password(given.password))
  }
  if (given.identity) keys.push(vatic.Key.identity(given.identity))
  const limits = meta.limits ?? {}
  return { keys, limitOutput: limits.output, limitMemory: limits.memory }
}

/** A line for each entry, as in the other runners. */
async function dump(packed, options) {
  const kinds = ['file', 'directory', 'symlink', 'hard-link', 'fifo', 'character-device', 'block-device']
  const { EntryKind } = vatic
  const archive = new vatic.Archive(packed, options)
  const lines = []
  for (const entry of archive.entries) {
    const content = await archive.read(entry)
    let last = content.length > 0 ? vatic.hash(content).toString('hex') : '-'
    if (entry.kind === EntryKind.SYMLINK || entry.kind === EntryKind.HARD_LINK) last = entry.target.toString('hex')
    if (entry.kind === EntryKind.CHAR_DEVICE || entry.kind === EntryKind.BLOCK_DEVICE) {
      last = `${entry.device.major},${entry.device.minor}`
    }
    const time = entry.mtime ? `${entry.mtime.seconds}.${String(entry.mtime.nanos).padStart(9, '0')}` : '-'
    const mode = entry.mode.toString(8).padStart(4, '0')
    lines.push(`${kinds[entry.kind]} ${mode} ${time} ${entry.size} ${entry.nameBytes.toString('hex')} ${last}\n`)
  }
  return Buffer.from(lines.join(''))
}

async function throughStream(packed, options) {
  const pieces = []
  const source = Readable.from((function* () {
    for (let at = 0; at < packed.length; at += 1000) yield packed.subarray(at, at + 1000)
  })())
  const sink = new Writable({ write: (piece, _encoding, done) => (pieces.push(piece), done()) })
  await pipeline(source, vatic.createDecompress(options), sink)
  return Buffer.concat(pieces)
}

async function decodes(meta, packed, plain) {
  const options = optionsOf(meta)
  if (meta.kind === 'archive') return (await dump(packed, options)).equals(plain) ? '' : 'other entries'
  if (!(await vatic.decompress(packed, options)).equals(plain)) return 'other content'
  if (!vatic.decompressSync(packed, options).equals(plain)) return 'other content at once'
  return (await throughStream(packed, options)).equals(plain) ? '' : 'other content as a stream'
}

async function fails(meta, packed) {
  const options = optionsOf(meta)
  try {
    if (meta.kind === 'archive') await new vatic.Archive(packed, options).verify()
    else await vatic.decompress(packed, options)
  } catch (error) {
    return error.errno === meta.error ? '' : `${error.code}: ${error.message}`
  }
  return 'it decoded'
}

async function encodes(meta, packed, plain) {
  const { level, group_size: groupSize, codec } = meta.options
  const options = { level, groupSize, codec: codec && vatic.Codec[codec.toUpperCase()] }
  return (await vatic.compress(plain, options)).equals(packed) ? '' : 'other bytes than stored'
}

function lines(plain) {
  const out = []
  let at = 0
  for (let end; (end = plain.indexOf(10, at)) >= 0; at = end + 1) out.push(plain.subarray(at, end))
  return [...out, plain.subarray(at)]
}

async function records(_meta, packed, plain) {
  const [got, expected] = [await vatic.decompressMany(packed), lines(plain)]
  return got.length === expected.length && got.every((record, at) => record.equals(expected[at])) ? '' : 'other records'
}

async function write(folder, language, out) {
  const plain = readFileSync(join(folder, 'encode', 'bwt-text.plain'))
  const password = '\u2202atei-Schl\u00fcssel'
  const stream = vatic.createCompress({ level: 2 })
  const pieces = []
  stream.on('data', (piece) => pieces.push(piece))
  stream.write(plain.subarray(0, 1000))
  await new Promise((done) => stream.flush(done))
  stream.end(plain.subarray(1000))
  await finished(stream)
  const batch = await vatic.compressMany(lines(plain), await vatic.Model.train(lines(plain)), { embedModel: 1 })
  const keys = { password, password_utf8: Buffer.from(password).toString('hex') }
  for (const [kind, name, packed, more] of [
    ['decode', 'sealed', vatic.compressSync(plain, { keys: password, kdfMemory: 1 << 20, kdfPasses: 1 }), { keys }],
    ['decode', 'stream', Buffer.concat(pieces), {}],
    ['records', 'batch', batch, {}],
  ]) {
    const file = (end) => `${language.toLowerCase()}-${name}.${end}`
    const meta = { name: file(''), packed: file('vat'), plain: file('plain'), ...more }
    mkdirSync(join(out, kind), { recursive: true })
    writeFileSync(join(out, kind, file('json')), JSON.stringify(meta))
    writeFileSync(join(out, kind, file('vat')), packed)
    writeFileSync(join(out, kind, file('plain')), plain)
  }
}

async function main(folder, language) {
  let passed = 0
  let failed = 0
  for (const [kind, check] of [['decode', decodes], ['must-fail', fails], ['encode', encodes], ['records', records]]) {
    if (!existsSync(join(folder, kind))) continue
    for (const name of readdirSync(join(folder, kind)).filter((name) => name.endsWith('.json')).sort()) {
      const meta = JSON.parse(readFileSync(join(folder, kind, name), 'utf8'))
      const file = (key) => (meta[key] ? readFileSync(join(folder, kind, meta[key])) : undefined)
      const wrong = await check(meta, file('packed'), file('plain')).catch((error) => error.stack)
      if (wrong) {
        failed += 1
        console.log(`${kind}/${name}: ${wrong}`)
      } else {
        passed += 1
      }
    }
  }
  console.log(`${language}: ${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

const [folder, language, out] = process.argv.slice(2)
if (out) write(resolve(folder), language, resolve(out))
else main(resolve(folder), language)
