import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveUpgrade, type UpgradeAnswer } from './upgrade.ts'

const faults: readonly (readonly [string, keyof UpgradeAnswer])[] = [
  ['lost step', 'missing'],
  ['changed row', 'changedTables'],
  ['shut out', 'refused'],
]

describe.skipIf(serverUrl === undefined)('the proof of upgrading', () => {
  test.each(faults)('finds what is broken on purpose: %s', async (sabotage, figure) => {
    const flags = ['--sabotage', sabotage]
    const answer = await proveUpgrade({ databaseUrl: serverUrl ?? '', isShort: true, seed: 1, flags, say: () => {} })
    expect(answer.ok).toBe(false)
    const figures = [
      'missing',
      'changedTables',
      'refused',
      'stepsRunAgain',
      'unfinishedRuns',
      'restoredUnlike',
    ] as const
    expect(figures.filter((name) => answer[name] > 0)).toEqual([figure])
  })
})
