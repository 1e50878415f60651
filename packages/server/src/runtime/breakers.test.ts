import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { startHttpRecorder } from '../../test/http-recorder.ts'
import { impatient } from '../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import type { ConnectionId } from '../base/ids.ts'
import { recordError } from '../base/errors.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { addConnection } from './connections.ts'
import { defineAgent, intent } from './define-agent.ts'
import { closeBreaker, noteFault, passBreaker } from './sql/breakers.ts'
import { listConnections } from './sql/connections.ts'

const caller = defineAgent({
  name: 'Caller',
  description: 'Delivers',
  kind: 'workflow',
  policy: { tools: ['webhook.deliver'], maxCostMicros: 0, withoutApproval: ['webhook.deliver'] },
  intents: {
    deliver: intent({
      description: 'Delivers an event',
      input: z.strictObject({}),
      output: z.strictObject({ status: z.string(), code: z.string().optional() }),
      run: async ({ tools }) => {
        const { status, error } = await tools.call('deliver', {
          tool: 'webhook.deliver',
          connection: 'real',
          input: { type: 'a.b', data: {} },
        })
        return { status, ...(error === undefined ? {} : { code: error.code }) }
      },
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`circuit breakers on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let recorder: Awaited<ReturnType<typeof startHttpRecorder>>
    let connectionId: ConnectionId
    let answer: 'hang' | { status: number } = { status: 204 }

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [caller], { timing: impatient })
      recorder = await startHttpRecorder(() => answer)
      connectionId = await inside((tx) =>
        addConnection(tx, testing.masterKey, {
          connector: 'webhook',
          name: 'real',
          mode: 'real',
          settings: { url: recorder.url },
          credentials: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
        }),
      )
    })
    beforeEach(async () => {
      answer = { status: 204 }
      await inside((tx) => closeBreaker(tx, connectionId))
    })
    afterAll(async () => {
      await testing.stop()
      await recorder.close()
      await database.close()
    })

    const inside = <Result>(work: Parameters<typeof withTenant<Result>>[2]) =>
      withTenant(database, testing.organizationId, work)
    const start = async () =>
      (
        await testing.runtime.startRun(testing.organizationId, {
          agent: 'Caller',
          intent: 'deliver',
          input: {},
          requestedBy: 'cli',
        })
      ).runId
    const deliver = async () => (await restOf(testing, await start())).output
    /** As other workers have it fail, `count` times in a row. */
    const fail = async (count: number) => {
      const error = recordError(new Error('503 from there'))
      const opened: boolean[] = []
      for (let failed = 0; failed < count; failed += 1)
        opened.push(await inside((tx) => noteFault(tx, connectionId, { faultsToOpen: 5, openMs: 30_000, error })))
      return opened
    }
    const letTimePass = () =>
      inside((tx) => sql`update circuit_breakers set open_until = clock_timestamp(), probe_until = null`.execute(tx))
    const breaker = async () => (await inside(listConnections)).find(({ id }) => id === connectionId)?.breaker

    test('what other workers saw fail pauses the calls of this one, which says so and had no effect', async () => {
      expect(await fail(5)).toEqual([false, false, false, false, true])
      const before = recorder.requests.length
      expect(await deliver()).toEqual({ status: 'failed', code: 'runtime.circuit_open' })
      expect(recorder.requests.length).toBe(before)
      expect(await breaker()).toMatchObject({ faults: 5, error: '503 from there', openUntil: expect.any(Date) })
    })

    test('its own calls count; below five in a row nothing is paused, and a success clears them', async () => {
      answer = { status: 503 }
      for (let failed = 1; failed <= 4; failed += 1) {
        expect(await deliver()).toMatchObject({ status: 'failed' })
        expect(await breaker()).toMatchObject({ faults: failed, openUntil: undefined })
      }
      answer = { status: 204 }
      expect(await deliver()).toEqual({ status: 'succeeded' })
      expect(await breaker()).toBeUndefined()
    })

    test('once its time is over, one call at a time tries, and a success lets all go', async () => {
      await fail(5)
      await letTimePass()
      const asked = await Promise.all(
        Array.from({ length: 8 }, () => inside((tx) => passBreaker(tx, connectionId, 8_000))),
      )
      expect(asked.filter((each) => each?.pausedMs === 0)).toHaveLength(1)
      expect(asked.every((each) => each !== undefined && each.pausedMs <= 8_000)).toBe(true)
      expect(await deliver()).toMatchObject({ code: 'runtime.circuit_open' })
      await letTimePass()
      expect(await deliver()).toEqual({ status: 'succeeded' })
      expect(await breaker()).toBeUndefined()
      expect(await deliver()).toEqual({ status: 'succeeded' })
    })

    test('a try that fails pauses the calls anew', async () => {
      await fail(5)
      await letTimePass()
      answer = { status: 503 }
      const before = recorder.requests.length
      expect(await deliver()).toMatchObject({ status: 'failed' })
      expect(recorder.requests.length).toBe(before + 1)
      const opened = await breaker()
      expect(opened?.faults).toBe(6)
      expect(opened?.openUntil?.getTime()).toBeGreaterThan(Date.now() + 20_000)
    })

    test('a person lets calls go before the time', async () => {
      await fail(7)
      expect(await inside((tx) => closeBreaker(tx, connectionId))).toBe(true)
      expect(await deliver()).toEqual({ status: 'succeeded' })
    })

    test('a refusal of the request, and a call that is cut because its run is cancelled, are nobody’s fault', async () => {
      answer = { status: 422 }
      expect(await deliver()).toMatchObject({ status: 'failed' })
      expect(await breaker()).toBeUndefined()
      answer = 'hang'
      const before = recorder.requests.length
      const runId = await start()
      await vi.waitFor(() => expect(recorder.requests.length).toBe(before + 1), { timeout: 20_000 })
      await testing.runtime.cancelRun(testing.organizationId, runId)
      expect((await restOf(testing, runId)).status).toBe('cancelled')
      expect(await breaker()).toBeUndefined()
    })
  })
}
