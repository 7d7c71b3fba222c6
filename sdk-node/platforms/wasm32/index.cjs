'use strict'
// The library in WebAssembly, for platforms of Node that have no addon.

const { randomFillSync } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const library = require('./library.cjs')

const IO = 60

module.exports = library(new WebAssembly.Module(readFileSync(join(__dirname, 'vatic.wasm'))), {
  random: (bytes) => randomFillSync(bytes),
  wrap: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  read(path) {
    try {
      return readFileSync(path)
    } catch (error) {
      throw new Error(`vatic:${IO}:${path}: ${error.message}`)
    }
  },
})
