'use strict'
// Finds the addon: where VATIC_ADDON says, or in the package of this platform; for a platform without one, the library in WebAssembly.

const { version } = require('./package.json')

function platform() {
  const { platform, arch } = process
  if (platform !== 'linux') return `${platform}-${arch}`
  const glibc = process.report?.getReport?.().header?.glibcVersionRuntime
  return `${platform}-${arch}-${glibc ? 'gnu' : 'musl'}`
}

/** What the package `name` has, if it is there and of this version. */
function from(name) {
  const found = require(`${name}/package.json`).version
  if (found !== version) throw new Error(`${name} is version ${found}, and vatic ${version}`)
  return require(name)
}

function load() {
  if (process.env.VATIC_ADDON) return require(process.env.VATIC_ADDON)
  const name = `vatic-${platform()}`
  let cause
  try {
    return from(name)
  } catch (error) {
    cause = error
  }
  try {
    return from('vatic-wasm32')
  } catch {
    throw new Error(`vatic has no addon for this platform: ${name} cannot be loaded`, { cause })
  }
}

module.exports = load()
