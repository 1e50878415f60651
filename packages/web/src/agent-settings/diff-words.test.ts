import { expect, test } from 'vitest'
import { diffWords } from './diff-words.ts'

test('says which words a text takes out and puts in, and keeps the rest', () => {
  const stretches = diffWords('Write {words} words.\nBe kind.', 'Write {words} short words.\nBe plain.')
  const textOf = (kinds: readonly string[]) =>
    stretches.flatMap(({ kind, text }) => (kinds.includes(kind) ? [text] : [])).join('')
  expect(textOf(['same', 'removed'])).toBe('Write {words} words.\nBe kind.')
  expect(textOf(['same', 'added'])).toBe('Write {words} short words.\nBe plain.')
  expect(textOf(['added'])).toContain('short')
  expect(textOf(['removed'])).toBe('kind.')
})

test('of equal texts nothing is told, and of an empty one everything', () => {
  expect(diffWords('a b', 'a b')).toEqual([{ kind: 'same', text: 'a b' }])
  expect(diffWords('', 'a b')).toEqual([{ kind: 'added', text: 'a b' }])
})
