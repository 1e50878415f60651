import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { provePoison } from './poison.ts'

describe.skipIf(serverUrl === undefined)('the proof of poison', () => {
  test('finds what is broken on purpose: blind blame', { timeout: 600_000 }, async () => {
    const said: string[] = []
    const answer = await provePoison({
      databaseUrl: serverUrl ?? '',
      isShort: true,
      seed: 1,
      flags: ['--sabotage', 'blind blame'],
      say: (line) => said.push(line),
    })
    expect(answer.ok).toBe(false)
    expect(said.filter((line) => line.startsWith('found: ')).join('\n')).toMatch(/healthyParked \d+/)
  })
})
