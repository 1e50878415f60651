import { expect, test } from 'vitest'
import { findUnstorableText, toStorableText } from './storable-text.ts'

test('NUL and half pairs are replaced, and whole pairs stay', () => {
  expect(toStorableText('a\0b\uD83Dc 😀')).toBe('a\uFFFDb\uFFFDc 😀')
})

test('the place of a text that cannot be stored is named, be it a key, and however deep', () => {
  expect(findUnstorableText({ a: [{ b: 'fine 😀' }], c: 1, d: null })).toBeUndefined()
  expect(findUnstorableText({ a: [{ b: 'x' }, { b: 'x\0' }] })).toBe('a[1].b')
  expect(findUnstorableText({ a: { 'k\uDC00': 1 } })).toBe('a')
  expect(findUnstorableText('\0')).toBe('(root)')
  expect(findUnstorableText(JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toBeUndefined()
})
