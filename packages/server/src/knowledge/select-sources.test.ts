import fc from 'fast-check'
import { expect, test } from 'vitest'
import { selectSources } from './select-sources.ts'

const candidate = (documentId: string, sha256: string) => ({ documentId, sha256 })
const hashes = (selected: readonly { sha256: string }[]) => selected.map(({ sha256 }) => sha256)

test('one document does not fill all places while others have passages', () => {
  const long = ['1', '2', '3', '4'].map((hash) => candidate('long', hash))
  const candidates = [...long, candidate('other', '5'), candidate('third', '6')]
  expect(hashes(selectSources(candidates, { limit: 4 }))).toEqual(['1', '2', '5', '6'])
  expect(hashes(selectSources(candidates, { limit: 5 }))).toEqual(['1', '2', '3', '5', '6'])
  expect(hashes(selectSources(long, { limit: 3 }))).toEqual(['1', '2', '3'])
})

test('a text that stands in two documents is shown once', () => {
  const selected = selectSources([candidate('a', '1'), candidate('b', '1'), candidate('c', '2')], { limit: 3 })
  expect(selected).toEqual([candidate('a', '1'), candidate('c', '2')])
})

test('as many as asked for are chosen wherever there are so many', () => {
  const any = fc.record({ documentId: fc.constantFrom('a', 'b'), sha256: fc.integer({ max: 20, min: 0 }).map(String) })
  fc.assert(
    fc.property(fc.array(any), fc.nat(12), fc.integer({ min: 1, max: 4 }), (candidates, limit, perDocument) => {
      const selected = selectSources(candidates, { limit, perDocument })
      expect(selected).toHaveLength(Math.min(limit, new Set(hashes(candidates)).size))
    }),
  )
})
