import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveCut } from './cut.ts'

describe.skipIf(serverUrl === undefined)('the proof of cut connections', () => {
  test.each([
    ['forgotten key', 'secondRows'],
    ['forgotten step', 'stepsRunAgain'],
    ['lost run', 'lost'],
  ] as const)('finds what is broken on purpose: %s', { timeout: 240_000 }, async (sabotage, figure) => {
    const flags = ['--sabotage', sabotage]
    const answer = await proveCut({ databaseUrl: serverUrl ?? '', isShort: true, seed: 1, flags, say: () => {} })
    expect(answer.ok).toBe(false)
    expect(answer[figure]).toBeGreaterThan(0)
  })
})
