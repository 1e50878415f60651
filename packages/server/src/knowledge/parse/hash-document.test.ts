import { expect, test } from 'vitest'
import { hashDocument } from './hash-document.ts'
import { parseDocument } from './parse-document.ts'

const hash = (text: string) => hashDocument(parseDocument({ path: '/a', mediaType: 'text/html', text }))

test('markup may change without a change of the hash, words may not', () => {
  const page = (token: string, words: string) =>
    `<title>A</title><meta name="csrf" content="${token}">\n<p>${words}</p>`
  expect(hash(page('1', 'Same'))).toBe(hash(`\n\n${page('2', 'Same')}`))
  expect(hash(page('1', 'Same'))).not.toBe(hash(page('1', 'Other')))
  expect(hash('<h2>A</h2><p>b</p>')).not.toBe(hash('<h2>B</h2><p>b</p>'))
})
