import { expect, test } from 'vitest'
import { parseInput } from './parse-input.ts'

test('an object is read, and all else is told apart', () => {
  expect(parseInput('{ "topic": "Mills" }')).toEqual({ input: { topic: 'Mills' } })
  expect(parseInput('[1]')).toEqual({ problem: 'It must be an object: { … }' })
  expect(parseInput('{ "topic": }').problem).toMatch(/^It is not JSON yet: .+/)
})
