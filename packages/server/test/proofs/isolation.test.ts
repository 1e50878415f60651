import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { sabotages } from './isolation/sabotages.ts'
import { proveIsolation } from './isolation.ts'

describe.skipIf(serverUrl === undefined)('the proof of isolation', () => {
  test.each(Object.keys(sabotages))('finds what is broken on purpose: %s', async (sabotage) => {
    const said: string[] = []
    const answer = await proveIsolation({
      databaseUrl: serverUrl ?? '',
      isShort: true,
      seed: 1,
      flags: ['--sabotage', sabotage],
      say: (line) => said.push(line),
    })
    expect(answer.ok).toBe(false)
    const found = said.filter((line) => line.startsWith('found: ')).join('\n')
    expect(found).toMatch(foundBy[sabotage] ?? 'a pattern for each sabotage')
  })
})

/** What the proof says of each: a fault of another kind must not pass for the one that was made. */
const foundBy: Readonly<Record<string, RegExp>> = {
  force: /not forced on brands/,
  policy: /select brands: \d+ foreign rows/,
  'bare policy': /once a row by the policy brands\.tenant/,
  partition: /llm_calls_default: \d+ foreign rows/,
  definer: /all_brands with what stands in their row/,
  view: /view every_brand/,
  'unique key': /brands_slug_everywhere/,
  'foreign key': /foreign key keywords_brand/,
  session: /between transactions/,
}
