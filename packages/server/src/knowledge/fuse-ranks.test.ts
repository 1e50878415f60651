import { expect, test } from 'vitest'
import { fuseRanks } from './fuse-ranks.ts'

test('what both lists have comes before what one list has first', () => {
  const fused = fuseRanks([
    ['a', 'b', 'c'],
    ['d', 'b', 'e'],
  ])
  expect(fused.map(({ id }) => id)).toEqual(['b', 'a', 'd', 'c', 'e'])
  expect(fused[0]).toEqual({ id: 'b', score: 2 / 62, ranks: [2, 2] })
  expect(fused[1]).toEqual({ id: 'a', score: 1 / 61, ranks: [1, undefined] })
})

test('equal scores go to the better rank and then to the smaller id', () => {
  expect(fuseRanks([['y'], ['x']]).map(({ id }) => id)).toEqual(['x', 'y'])
  expect(fuseRanks([['a', 'a', 'b']])[1]).toEqual({ id: 'b', score: 1 / 63, ranks: [3] })
  expect(fuseRanks([[], []])).toEqual([])
})
