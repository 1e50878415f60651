import { expect, test } from 'vitest'
import { birthOf, smallestIdAt } from './birth-of.ts'

test('reads the time out of the UUIDv7 of RFC 9562, appendix A.6, and out of no other', () => {
  expect(birthOf('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')?.toISOString()).toBe('2022-02-22T19:22:22.000Z')
  expect(birthOf('919108f7-52d1-4320-9bac-f847db4148a8')).toBeUndefined()
  expect(birthOf('earlier')).toBeUndefined()
})

test('the least id of a moment is above all that were made before it', () => {
  const moment = new Date('2022-02-22T19:22:22.000Z')
  expect(smallestIdAt(moment)).toBe('017f22e2-79b0-7000-8000-000000000000')
  expect(birthOf(smallestIdAt(moment))).toEqual(moment)
  expect(smallestIdAt(new Date(moment.getTime() - 1)) < smallestIdAt(moment)).toBe(true)
})
