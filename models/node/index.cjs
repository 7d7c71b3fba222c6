'use strict'

const fs = require('node:fs')
const { join } = require('node:path')
const { Model } = require('vatic')

const ENDING = '.vatm'
const loaded = new Map()

/** The names of all models, sorted. */
function names() {
  const files = fs.readdirSync(__dirname).filter((file) => file.endsWith(ENDING))
  return files.map((file) => file.slice(0, -ENDING.length)).sort()
}

/** The file of a model. */
function path(name) {
  if (!names().includes(name)) throw new RangeError(`no model is named ${name}; there are ${names().join(', ')}`)
  return join(__dirname, name + ENDING)
}

/** A model, read once. */
function load(name) {
  if (!loaded.has(name)) loaded.set(name, new Model(path(name)))
  return loaded.get(name)
}

module.exports = { load, names, path }
