import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveBudget } from './budget.ts'

describe.skipIf(serverUrl === undefined)('the proof of budgets', () => {
  test.each([
    ['unlocked', /overspent by \d+ micros|a racer ended with/],
    ['no sweep', /\d+ reservations stay held after the sweep/],
  ])('finds what is broken on purpose: %s', async (sabotage, finding) => {
    const said: string[] = []
    const answer = await proveBudget({
      databaseUrl: serverUrl ?? '',
      isShort: true,
      seed: 1,
      flags: ['--sabotage', sabotage],
      say: (line) => said.push(line),
    })
    expect(answer.ok).toBe(false)
    expect(said.filter((line) => line.startsWith('found: ')).join('\n')).toMatch(finding)
  })
})
