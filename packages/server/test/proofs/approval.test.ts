import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveApproval } from './approval.ts'

const faults = [
  ['outside the guard', 'changed'],
  ['unspent yes', 'replayed'],
  ['endless yes', 'expired'],
  ['any bytes', 'foreign'],
  ['all may', 'foreign'],
] as const

describe.skipIf(serverUrl === undefined)('the proof of approvals', () => {
  test.each(faults)('finds what is broken on purpose: %s', { timeout: 240_000 }, async (sabotage, kind) => {
    const flags = ['--sabotage', sabotage]
    const answer = await proveApproval({ databaseUrl: serverUrl ?? '', isShort: true, seed: 1, flags, say: () => {} })
    expect(answer.ok).toBe(false)
    expect(answer.executedOf[kind]).toBeGreaterThan(0)
  })
})
