import { expect, test } from 'vitest'
import { textSearchConfiguration } from './text-search-configuration.ts'

test.each([
  ['en', 'english'],
  ['en-GB', 'english'],
  ['pt-BR', 'portuguese'],
  ['DE', 'german'],
  ['nb', 'norwegian'],
  ['zh-Hant', 'simple'],
  ['constructor', 'simple'],
  ['', 'simple'],
])('%s is searched as %s', (language, configuration) => {
  expect(textSearchConfiguration(language)).toBe(configuration)
})
