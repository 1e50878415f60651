import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveClock } from './clock.ts'

describe.skipIf(serverUrl === undefined)('the proof of wrong clocks', () => {
  test.each([
    [['lapsed lease'], ['stolen']],
    [
      ['early job', 'told time'],
      ['early', 'misdated'],
    ],
  ] as const)('finds what is broken on purpose: %s', { timeout: 240_000 }, async (sabotages, figures) => {
    const flags = sabotages.flatMap((name) => ['--sabotage', name])
    const answer = await proveClock({ databaseUrl: serverUrl ?? '', isShort: true, seed: 1, flags, say: () => {} })
    expect(answer.ok).toBe(false)
    for (const figure of figures) expect(answer[figure]).toBeGreaterThan(0)
  })
})
