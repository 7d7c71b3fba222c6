'use strict'

const test = require('node:test')
const assert = require('node:assert')
const vatic = require('vatic')
const models = require('vatic-models')

const prose = 'It was the only house in the village that had a garden of its own. '
const samples = {
  code: '    for (int i = 0; i < n; i++) {\n        return self.value;\n    }\n',
  en: prose.repeat(20),
  json: '{"id": 4711, "name": "example", "active": true}',
  log: '2024-05-06 07:08:09,123 INFO [main] org.apache.example.Server: Connection refused',
  text: prose,
}

test('each model makes its kind smaller', async () => {
  assert.deepEqual(models.names(), Object.keys(samples))
  for (const [name, sample] of Object.entries(samples)) {
    const model = models.load(name)
    assert.equal(models.load(name), model)
    assert.equal(model.metadata.name, name)
    const packed = vatic.compressSync(sample, { level: 8, models: [model] })
    assert.ok(packed.length * 10 < vatic.compressSync(sample, { level: 8 }).length * 9, name)
    assert.equal(vatic.decompressSync(packed, { models: [model] }).toString(), sample)
  }
  assert.throws(() => models.load('logs'), { name: 'RangeError', message: /there are code, en/ })
  assert.equal((await import('vatic-models')).load('log'), models.load('log'))
})
