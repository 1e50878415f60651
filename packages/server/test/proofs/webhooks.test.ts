import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveWebhooks, type WebhooksAnswer } from './webhooks.ts'

const faults: readonly (readonly [string, keyof WebhooksAnswer])[] = [
  ['leaked secret', 'forgedAccepted'],
  ['forgotten id', 'repeatedEffects'],
  ['lost event', 'missingEffects'],
  ['arrival order', 'stateDiffers'],
]

describe.skipIf(serverUrl === undefined)('the proof of inbound webhooks', () => {
  test.each(faults)('finds what is broken on purpose: %s', { timeout: 240_000 }, async (sabotage, figure) => {
    const flags = ['--sabotage', sabotage]
    const answer = await proveWebhooks({ databaseUrl: serverUrl ?? '', isShort: true, seed: 1, flags, say: () => {} })
    expect(answer.ok).toBe(false)
    expect(answer[figure]).toBeGreaterThan(0)
  })
})
