import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { proveInject } from './inject.ts'

describe.skipIf(serverUrl === undefined)('the proof of injected orders', () => {
  test.each(['no mark', 'every yes', 'gullible memory'])(
    'finds what is broken on purpose: %s',
    { timeout: 240_000 },
    async (sabotage) => {
      const flags = ['--sabotage', sabotage]
      const answer = await proveInject({ databaseUrl: serverUrl ?? '', isShort: true, seed: 1, flags, say: () => {} })
      expect(answer.ok).toBe(false)
      expect(answer.outside).toBeGreaterThan(0)
    },
  )
})
