'use strict'
// Writes a page that runs the vectors of frames and batches in a browser, with nothing but itself: browser.cjs VECTORS PACKAGE PAGE. PACKAGE is
// that of WebAssembly. The page ends with the line "Chromium: N passed, M failed"; this prints how many there are.

const { readFileSync, readdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

/** What runs in the page. */
function inPage(library, wasm, vectors, parameters, codecs) {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at])
  const vatic = library(new WebAssembly.Module(bytes(wasm)), { random: (room) => crypto.getRandomValues(room) })

  function settingsOf({ keys, limits, options }) {
    const settings = new vatic.Settings()
    const set = (name, value) => value === undefined || settings.set(parameters[name].number, value)
    if (keys?.raw) settings.addKey(vatic.Key.raw(Uint8Array.from(keys.raw.match(/../g), (digits) => parseInt(digits, 16))))
    if (keys?.password) settings.addKey(vatic.Key.password(keys.password))
    if (keys?.identity) settings.addKey(vatic.Key.identity(keys.identity))
    set('limitOutput', limits?.output)
    set('limitMemory', limits?.memory)
    set('level', options?.level)
    set('groupSize', options?.group_size)
    set('codec', options?.codec && codecs[options.codec.toUpperCase()])
    return settings
  }
  const checks = {
    decode: async (meta, packed, plain) => same(vatic.decompressSync(packed, settingsOf(meta)), plain),
    encode: async (meta, packed, plain) => same(vatic.compressSync(plain, settingsOf(meta)), packed),
    async 'must-fail'(meta, packed) {
      try {
        vatic.decompressSync(packed, settingsOf(meta))
      } catch (error) {
        return error.message.startsWith(`vatic:${meta.error}:`)
      }
      return false
    },
    async records(meta, packed, plain) {
      const got = await vatic.decompressMany(packed, settingsOf(meta))
      const text = (record) => new TextDecoder('latin1').decode(record)
      return got.map(text).join('\n') === text(plain)
    },
  }
  return (async () => {
    const counts = { passed: 0, failed: 0 }
    for (const { kind, meta, packed, plain } of vectors) {
      let wrong = ''
      try {
        wrong = (await checks[kind](meta, bytes(packed), bytes(plain))) ? '' : 'something else'
      } catch (error) {
        wrong = error.stack
      }
      counts[wrong ? 'failed' : 'passed'] += 1
      if (wrong) document.body.append(`${kind}/${meta.name}: ${wrong}\n`)
    }
    document.body.append(`\nChromium: ${counts.passed} passed, ${counts.failed} failed\n`)
  })()
}

const [folder, packed, page] = process.argv.slice(2)
const vectors = []
for (const kind of ['decode', 'must-fail', 'encode', 'records']) {
  for (const name of readdirSync(join(folder, kind)).filter((name) => name.endsWith('.json')).sort()) {
    const meta = JSON.parse(readFileSync(join(folder, kind, name), 'utf8'))
    const file = (key) => (meta[key] ? readFileSync(join(folder, kind, meta[key])).toString('base64') : '')
    if (meta.kind !== 'archive') vectors.push({ kind, meta, packed: file('packed'), plain: file('plain') })
  }
}
const { Codec, PARAMETERS } = require('../constants.cjs')
// In a script, `</` could end it.
const data = [vectors, PARAMETERS, Codec].map((value) => JSON.stringify(value).replaceAll('</', '<\\/'))
const wasm = JSON.stringify(readFileSync(join(packed, 'vatic.wasm')).toString('base64'))
writeFileSync(page, `<!doctype html><meta charset="utf-8"><title>vatic</title><body><script>
const module = {}
${readFileSync(join(packed, 'library.cjs'), 'utf8')}
;(${inPage})(module.exports, ${wasm}, ${data.join(', ')})
</script></body>
`)
console.log(vectors.length)
