import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { startModelServer } from '../../../test/model-server.ts'
import { openNetwork } from '../../../test/open-network.ts'
import { startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { createAddressGuard } from '../../base/address-guard.ts'
import { noAllowedHosts } from '../../base/allowed-hosts.ts'
import { type OrganizationId } from '../../base/ids.ts'
import { type TenantTx, withTenant } from '../../db/index.ts'
import { createLlm } from '../../llm/index.ts'
import { systemClock } from '../../base/clock.ts'
import { parseConfig } from '../../base/config.ts'
import {
  checkEndpoint,
  defineAgent,
  findModels,
  intent,
  listEndpoints,
  type NewEndpoint,
  removeEndpoint,
  removePrice,
  saveEndpoint,
  savePrice,
} from '../index.ts'

const writer = defineAgent({
  name: 'Writer',
  description: 'Writes a sentence',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1_000_000 },
  intents: {
    write: intent({
      description: 'Writes',
      input: z.strictObject({ model: z.string().optional() }),
      output: z.strictObject({ text: z.string(), model: z.string() }),
      async run({ input, llm }) {
        const { value, model } = await llm.text('write', {
          prompt: {
            task: 'Say what the shop sells',
            sources: [{ id: 's1', title: 'Shop', text: 'We sell pin vices.' }],
          },
          ...(input.model === undefined ? {} : { model: input.model }),
        })
        return { text: value, model }
      },
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`an organization's own account on the ${kind} database`, () => {
    let app: TestRuntime
    let server: Awaited<ReturnType<typeof startModelServer>>
    let other: OrganizationId
    beforeAll(async () => {
      app = await startTestRuntime(await openTestDatabase(kind), [writer])
      other = await addOrganization(app.database, 'Other')
      server = await startModelServer(() => 'answers')
    })
    afterAll(async () => {
      await server.close()
      await app.stop()
      await app.database.close()
    })

    const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>, organizationId = app.organizationId) =>
      withTenant(app.database, organizationId, work)
    const save = (endpoint: Partial<NewEndpoint> & Pick<NewEndpoint, 'provider'>, organizationId?: OrganizationId) =>
      inTenant(
        (tx) =>
          saveEndpoint(tx, app.masterKey, {
            apiKey: undefined,
            baseUrl: undefined,
            defaultModel: undefined,
            actor: 'cli',
            ...endpoint,
          }),
        organizationId,
      )
    const run = async (input: { model?: string }, organizationId = app.organizationId) => {
      const { runId } = await app.runtime.startRun(organizationId, {
        agent: 'Writer',
        intent: 'write',
        input,
        requestedBy: 'cli',
      })
      await app.runtime.waitForRun(organizationId, runId, { timeoutMs: 30_000 })
      return inTenant(async (tx) => {
        const { status, error, output } = await tx
          .selectFrom('agent_runs')
          .select(['status', 'error', 'output'])
          .where('id', '=', runId)
          .executeTakeFirstOrThrow()
        const calls = await tx
          .selectFrom('llm_calls')
          .select(['provider', 'requested_model', 'endpoint_id', 'cost_micros', 'cost_source', 'currency', 'error'])
          .where('run_id', '=', runId)
          .execute()
        return { status, error, output, calls }
      }, organizationId)
    }
    const credentials = () => inTenant((tx) => tx.selectFrom('credentials').select('id').execute())

    test('is asked in the place of the installation’s, on record as such, and by nobody else', async () => {
      await save({ provider: 'compatible', baseUrl: server.url, apiKey: 'sk-mine', defaultModel: 'composer-1' })
      const before = server.calls()
      const mine = await run({})
      expect(mine).toMatchObject({
        status: 'succeeded',
        output: { model: 'compatible:composer-1' },
        calls: [{ provider: 'compatible', requested_model: 'composer-1', cost_source: 'unknown' }],
      })
      expect(mine.calls[0]?.endpoint_id).toEqual(expect.any(String))
      expect(server.calls()).toBe(before + 1)
      expect(await run({}, other)).toMatchObject({ calls: [{ provider: 'sandbox', endpoint_id: null }] })
      expect(await run({ model: 'compatible:composer-1' }, other)).toMatchObject({ status: 'failed', calls: [] })
      expect(server.calls()).toBe(before + 1)
    })

    test('costs what the organization says that it costs, from the day on', async () => {
      const price = { provider: 'compatible' as const, model: 'composer-1', currency: 'EUR', actor: 'cli' }
      const rates = { input: 1_000_000, cacheRead: 0, cacheWrite: 0, output: 2_000_000 }
      await inTenant((tx) => savePrice(tx, { ...price, ...rates, effectiveFrom: '2026-01-01' }))
      const future = await inTenant((tx) =>
        savePrice(tx, { ...price, ...rates, input: 9, effectiveFrom: '2999-01-01' }),
      )
      // 900 tokens in at 1, 120 out at 2: millionths of a euro each.
      expect((await run({})).calls).toMatchObject([{ cost_micros: 1_140, cost_source: 'own-price', currency: 'EUR' }])
      await inTenant((tx) => savePrice(tx, { ...price, ...rates, output: 0, effectiveFrom: '2026-01-01' }))
      expect((await run({})).calls).toMatchObject([{ cost_micros: 900 }])
      expect(await inTenant((tx) => removePrice(tx, future.id), other)).toBeUndefined()
      expect(await inTenant((tx) => removePrice(tx, future.id))).toMatchObject({ effectiveFrom: '2999-01-01' })
    })

    test('keeps its key sealed, and sends it to no other address than it was given for', async () => {
      await save({ provider: 'compatible', baseUrl: server.url, defaultModel: 'composer-1' })
      const { endpoints } = await findModels({ ...app, fetch }, app.organizationId)
      expect(endpoints).toMatchObject([{ apiKey: 'sk-mine' }])
      expect(JSON.stringify(await inTenant(listEndpoints))).not.toContain('sk-mine')
      const rows = await inTenant((tx) => tx.selectFrom('credentials').select('sealed').execute())
      expect(rows.map(({ sealed }) => Buffer.from(sealed).toString('latin1')).join()).not.toContain('sk-mine')
      await save({ provider: 'compatible', baseUrl: 'https://elsewhere.example/v1' })
      expect((await findModels({ ...app, fetch }, app.organizationId)).endpoints).toMatchObject([{ apiKey: undefined }])
      await expect(save({ provider: 'openai' })).rejects.toMatchObject({ code: 'runtime.endpoint_invalid' })
      await save({ provider: 'openai', apiKey: 'sk-openai' })
      await expect(save({ provider: 'openai', baseUrl: 'https://elsewhere.example/v1' })).rejects.toMatchObject({
        code: 'runtime.endpoint_invalid',
        issues: [{ path: 'apiKey' }],
      })
      await expect(save({ provider: 'compatible' })).rejects.toMatchObject({ issues: [{ path: 'baseUrl' }] })
    })

    test('has at most one default model among its accounts, and leaves no key behind when it goes', async () => {
      await save({ provider: 'openai', apiKey: 'sk-new', defaultModel: 'gpt-6.1-sol' })
      await save({ provider: 'compatible', baseUrl: server.url, defaultModel: 'composer-1' })
      const models = (await inTenant(listEndpoints)).map(({ provider, defaultModel }) => [provider, defaultModel])
      expect(models.toSorted()).toEqual([
        ['compatible', 'composer-1'],
        ['openai', undefined],
      ])
      const before = (await credentials()).length
      await inTenant((tx) => removeEndpoint(tx, 'openai'))
      expect((await credentials()).length).toBe(before - 1)
    })

    test('of several who set accounts at once each is kept whole, with one default and no key left over', async () => {
      const count = () =>
        inTenant((tx) => tx.selectFrom('inference_endpoints').select('credential_id').execute(), other)
      const keys = () => inTenant((tx) => tx.selectFrom('credentials').select('id').execute(), other)
      const before = (await keys()).length
      const providers = ['openai', 'anthropic', 'google', 'openai', 'anthropic', 'google'] as const
      await Promise.all(
        providers.map((provider, number) => save({ provider, apiKey: `sk-${number}`, defaultModel: 'm' }, other)),
      )
      const kept = await count()
      expect(kept).toHaveLength(3)
      expect((await keys()).length).toBe(before + 3)
      const models = await inTenant(listEndpoints, other)
      expect(models.filter(({ defaultModel }) => defaultModel !== undefined)).toHaveLength(1)
    })

    test('is checked by a call on record, and says what the provider said', async () => {
      const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock })
      const { database, masterKey, organizationId } = app
      const check = (parts: { fetch: typeof fetch }, provider: NewEndpoint['provider'], model?: string) =>
        checkEndpoint({ database, masterKey, llm, ...parts }, organizationId, { provider, model })
      await check(openNetwork, 'compatible')
      expect(await inTenant(listEndpoints)).toMatchObject([{ checkedAt: expect.any(Date), checkError: undefined }])
      // The same address, asked as a production installation does: it lies inside the own network.
      await check(createAddressGuard({ allowed: noAllowedHosts }), 'compatible')
      expect(await inTenant(listEndpoints)).toMatchObject([
        { checkError: expect.stringContaining('is no public address') },
      ])
      await expect(check(openNetwork, 'anthropic')).rejects.toMatchObject({ code: 'runtime.endpoint_not_found' })
      const calls = await inTenant((tx) =>
        tx.selectFrom('llm_calls').select('status').where('run_id', 'is', null).execute(),
      )
      expect(calls.map(({ status }) => status).toSorted()).toEqual(['failed', 'succeeded'])
    })
  })
}
