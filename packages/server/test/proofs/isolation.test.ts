import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { sabotages } from './isolation/sabotages.ts'
import { proveIsolation } from './isolation.ts'

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

// Together where none hides another: each round looks at every table.
const rounds = [
  ['force', 'policy', 'partition', 'definer', 'view', 'unique key', 'foreign key'],
  ['bare policy'],
  ['session'],
]

test('each sabotage has its round', () => {
  expect(rounds.flat().toSorted()).toEqual(Object.keys(sabotages).toSorted())
})

describe.skipIf(serverUrl === undefined)('the proof of isolation', () => {
  test.each(rounds.map((names) => ({ names })))('finds what is broken on purpose: $names', async ({ names }) => {
    const said: string[] = []
    const answer = await proveIsolation({
      databaseUrl: serverUrl ?? '',
      isShort: true,
      seed: 1,
      flags: names.flatMap((name) => ['--sabotage', name]),
      say: (line) => said.push(line),
    })
    expect(answer.ok).toBe(false)
    const found = said.filter((line) => line.startsWith('found: ')).join('\n')
    for (const name of names) expect(found).toMatch(foundBy[name] ?? 'a pattern for each sabotage')
  })
})
