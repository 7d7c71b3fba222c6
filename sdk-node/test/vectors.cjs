'use strict'
// Runs tests/vectors through the package: vectors.cjs FOLDER. Prints each that fails, then a line with the numbers.

const { readFileSync, readdirSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { pipeline } = require('node:stream/promises')
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

async function main(folder) {
  let passed = 0
  let failed = 0
  for (const [kind, check] of [['decode', decodes], ['must-fail', fails], ['encode', encodes]]) {
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
  console.log(`Node: ${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

main(resolve(process.argv[2]))
