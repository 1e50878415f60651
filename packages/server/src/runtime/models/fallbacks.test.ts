import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { asksModels } from '../../../test/asks-models.ts'
import {
  addOrganization,
  createServerDatabase,
  databaseKinds,
  dropServerDatabase,
  isMissing,
  openTestDatabase,
} from '../../../test/database.ts'
import { findFreePort } from '../../../test/free-port.ts'
import { type Behaviour, startModelServer } from '../../../test/model-server.ts'
import { startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { systemClock } from '../../base/clock.ts'
import { parseConfig } from '../../base/config.ts'
import { type RunId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import { migrate, openDatabase, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { createLlm } from '../../llm/index.ts'
import {
  closeModelBreaker,
  endBudget,
  listFallbackModels,
  listModelBreakers,
  saveEndpoint,
  setBudget,
  setConfig,
  setFallbackModels,
} from '../index.ts'

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`fallback models on the ${kind} database`, { timeout: 60_000 }, () => {
    let app: TestRuntime
    let server: Awaited<ReturnType<typeof startModelServer>>
    const behaviours = new Map<string, Behaviour>()
    let asked: string[] = []
    beforeAll(async () => {
      server = await startModelServer((_call, model) => {
        asked.push(model)
        return behaviours.get(model) ?? 'answers'
      })
      const { llm: config } = parseConfig({
        OPENAI_COMPATIBLE_BASE_URL: server.url,
        NEONHUB_MODEL: 'compatible:first',
        OPENAI_API_KEY: 'sk-unused',
        OPENAI_BASE_URL: `http://127.0.0.1:${await findFreePort()}/v1`,
        NEONHUB_MODEL_TIMEOUT_SECONDS: '3',
      })
      app = await startTestRuntime(await openTestDatabase(kind), [asksModels], {
        llm: createLlm({ config, clock: systemClock, random: () => 0 }),
        leaseMs: 3_000,
      })
    })
    afterAll(async () => {
      await app.stop()
      await server.close()
      await app.database.close()
    })
    afterEach(async () => {
      behaviours.clear()
      asked = []
      await inTenant(async (tx) => {
        for (const { provider } of await listModelBreakers(tx)) await closeModelBreaker(tx, provider)
      })
      await setOrganization([])
      await setAgent({})
    })

    const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(app.database, app.organizationId, work)
    const setOrganization = (models: readonly string[]) =>
      inTenant((tx) => setFallbackModels(tx, { models, actor: 'cli' }))
    const setAgent = (change: { model?: string; fallbackModels?: readonly string[] }) =>
      inTenant((tx) => setConfig(tx, asksModels, { ...change, actor: 'cli' }))
    const read = (runId: RunId) =>
      inTenant(async (tx) => {
        const { status, error, output } = await tx
          .selectFrom('agent_runs')
          .select(['status', 'error', 'output'])
          .where('id', '=', runId)
          .executeTakeFirstOrThrow()
        const calls = await tx
          .selectFrom('llm_calls')
          .select(['provider', 'requested_model', 'status', 'error', 'fallback_for', 'fallback_reason'])
          .where('run_id', '=', runId)
          .orderBy('id')
          .execute()
        return { status, error, output, calls }
      })
    const start = (input: object, options: object = {}) =>
      app.runtime.startRun(app.organizationId, {
        agent: 'Writer',
        intent: 'write',
        input,
        requestedBy: 'cli',
        ...options,
      })
    const run = async (input: object = {}, options: object = {}) => {
      const { runId } = await start(input, options)
      await app.runtime.waitForRun(app.organizationId, runId, { timeoutMs: 60_000 })
      return { ...(await read(runId)), runId }
    }
    const breakers = () => inTenant(listModelBreakers)

    test.for([
      [500, 'llm.unavailable', 3],
      [429, 'llm.rate_limited', 3],
      [401, 'llm.key_refused', 1],
      [402, 'llm.payment_required', 1],
      [404, 'llm.model_not_found', 1],
      ['hangs', 'llm.timeout', 1],
    ] as const)('the next one answers where the first %s, each try on record', async ([behaviour, code, tries]) => {
      behaviours.set('first', behaviour)
      await setOrganization(['compatible:second', 'sandbox:composer'])
      for (const asObject of [false, true]) {
        const { status, output, calls } = await run({ asObject })
        expect({ status, output }).toEqual({ status: 'succeeded', output: { model: 'compatible:second' } })
        const failed = { requested_model: 'first', status: 'failed', error: { code }, fallback_for: null }
        expect(calls).toMatchObject([
          ...Array.from({ length: tries }, () => failed),
          {
            requested_model: 'second',
            status: 'succeeded',
            fallback_for: 'compatible:first',
            fallback_reason: code,
          },
        ])
      }
    })

    test('a provider that nobody listens at is passed over, and a third answers where the second fails too', async () => {
      behaviours.set('second', 503)
      await setOrganization(['compatible:second', 'sandbox:composer'])
      const { output, calls } = await run({ model: 'openai:gpt-6.1-sol' })
      expect(output).toEqual({ model: 'sandbox:composer' })
      expect(calls.map((call) => call.provider)).toEqual([
        ...Array.from({ length: 3 }, () => 'openai'),
        ...Array.from({ length: 3 }, () => 'compatible'),
        'sandbox',
      ])
      expect(calls.at(-1)).toMatchObject({ fallback_for: 'openai:gpt-6.1-sol', fallback_reason: 'llm.unavailable' })
    })

    test('what would end no better elsewhere goes to nobody else', async () => {
      await setOrganization(['sandbox:composer'])
      behaviours.set('first', 400)
      const refused = await run()
      expect(refused).toMatchObject({ status: 'failed', error: { code: 'llm.refused' } })
      expect(refused.calls).toHaveLength(1)
      behaviours.set('first', 'nonsense')
      const unfit = await run({ asObject: true })
      expect(unfit).toMatchObject({ status: 'failed', error: { code: 'llm.answer_unfit' } })
      expect(unfit.calls.map((call) => call.provider)).toEqual(['compatible', 'compatible'])
      expect(await breakers()).toEqual([])
    })

    test('a call that is cancelled goes to nobody else', async () => {
      await setOrganization(['sandbox:composer'])
      behaviours.set('first', 'hangs')
      const { runId } = await start({})
      await expect.poll(() => asked.length).toBe(1)
      await app.runtime.cancelRun(app.organizationId, runId)
      await expect.poll(async () => (await read(runId)).status, { timeout: 20_000 }).toBe('cancelled')
      expect((await read(runId)).calls).toMatchObject([{ requested_model: 'first', status: 'failed' }])
      expect(await breakers()).toEqual([])
    })

    test('a budget is asked for each try, and its refusal is not got around by a fallback', async () => {
      await setOrganization(['compatible:second', 'sandbox:composer'])
      const budget = await inTenant((tx) =>
        setBudget(
          tx,
          {
            name: 'models',
            limits: 'llm_cost',
            amount: 1_000_000_000,
            currency: 'USD',
            scope: 'organization',
            period: 'total',
            allowsUnpriced: false,
            actor: 'cli',
          },
          { agents: new Map() },
        ),
      )
      const refused = await run({ model: 'openai:gpt-6.1-sol' })
      expect(refused).toMatchObject({ status: 'failed', error: { code: 'runtime.budget_price_unknown' } })
      expect(refused.calls.map((call) => call.provider)).toEqual(['openai', 'openai', 'openai'])
      await inTenant((tx) => endBudget(tx, { id: budget.id, actor: 'cli' }))
    })

    test('an agent’s own list stands in the place of the organization’s, and an empty one for none', async () => {
      behaviours.set('first', 401)
      await setOrganization(['compatible:second'])
      await setAgent({ fallbackModels: ['sandbox:composer'] })
      expect((await run()).output).toEqual({ model: 'sandbox:composer' })
      await setAgent({ fallbackModels: [] })
      expect(await run()).toMatchObject({ status: 'failed', error: { code: 'llm.key_refused' } })
      await setAgent({ model: 'compatible:first' })
      expect((await run()).output).toEqual({ model: 'compatible:second' })
      expect(await inTenant(listFallbackModels)).toEqual(['compatible:second'])
    })

    test('a dry run, and a fork that names its model, hear of that very model', async () => {
      await setOrganization(['compatible:second'])
      const { runId } = await run()
      asked = []
      behaviours.set('first', 500)
      const dry = await run({}, { dryRun: { stubReads: false } })
      expect(dry).toMatchObject({ status: 'failed', error: { code: 'llm.unavailable' } })
      const fork = await app.runtime.forkRun(app.organizationId, runId, {
        model: 'compatible:first',
        requestedBy: 'cli',
      })
      await app.runtime.waitForRun(app.organizationId, fork.runId, { timeoutMs: 60_000 })
      expect(await read(fork.runId)).toMatchObject({ status: 'failed', error: { code: 'llm.unavailable' } })
      expect(asked).not.toContain('second')
    })

    test('a run that is resumed answers from the journal, whichever model answered', async () => {
      behaviours.set('first', 401)
      await setOrganization(['compatible:second'])
      const { runId, output } = await run()
      behaviours.clear()
      await inTenant((tx) =>
        sql`update agent_runs set status = 'failed', finished_at = now() where id = ${runId}`.execute(tx),
      )
      asked = []
      await app.runtime.resumeRun(app.organizationId, runId)
      await app.runtime.waitForRun(app.organizationId, runId, { timeoutMs: 60_000 })
      expect(await read(runId)).toMatchObject({ status: 'succeeded', output })
      expect(asked).toEqual([])
    })

    test('where all fail, the failure tells of each, and says whether it may be tried again', async () => {
      behaviours.set('second', 500)
      await setOrganization(['compatible:second'])
      const { error } = await run({ model: 'openai:gpt-6.1-sol' })
      expect(error).toMatchObject({ code: 'llm.no_model_answered', retryable: true })
      expect(Object(error).message).toMatch(/openai:gpt-6.1-sol.*compatible:second.*500/)
    })

    test('a provider whose calls failed is passed over for a while, then tried by one at a time, until it answers', async () => {
      behaviours.set('first', 500)
      await setOrganization(['sandbox:composer'])
      for (let index = 0; index < 3; index += 1) await run()
      expect(await breakers()).toMatchObject([
        { provider: 'compatible', faults: 3, openUntil: expect.any(Date), error: expect.stringContaining('500') },
      ])
      asked = []
      const paused = await run()
      expect(paused.calls).toMatchObject([
        { provider: 'sandbox', fallback_for: 'compatible:first', fallback_reason: 'llm.circuit_open' },
      ])
      expect(asked).toEqual([])

      const endPause = () =>
        inTenant((tx) => sql`update model_breakers set open_until = now() - interval '1 second'`.execute(tx))
      await endPause()
      behaviours.set('first', 'hangs')
      const [one, two] = await Promise.all([run(), run()])
      expect(asked).toEqual(['first'])
      expect([one.output, two.output]).toEqual([{ model: 'sandbox:composer' }, { model: 'sandbox:composer' }])
      expect(await breakers()).toMatchObject([{ faults: 4 }])

      await endPause()
      behaviours.clear()
      expect((await run()).output).toEqual({ model: 'compatible:first' })
      expect(await breakers()).toEqual([])
    })

    test('a provider that is tried again and refuses the request works, and one that lacks a model is at no fault', async () => {
      await setOrganization(['sandbox:composer'])
      for (const [behaviour, asObject, code] of [
        [400, false, 'llm.refused'],
        ['nonsense', true, 'llm.answer_unfit'],
      ] as const) {
        behaviours.set('first', 500)
        for (let index = 0; index < 3; index += 1) await run()
        await inTenant((tx) => sql`update model_breakers set open_until = now() - interval '1 second'`.execute(tx))
        behaviours.set('first', behaviour)
        expect(await run({ asObject })).toMatchObject({ status: 'failed', error: { code } })
        expect(await breakers()).toEqual([])
      }
      behaviours.set('first', 404)
      expect((await run()).output).toEqual({ model: 'sandbox:composer' })
      expect(await breakers()).toEqual([])
    })

    test('a paused provider is asked all the same where nothing else could answer, and another account is a new one', async () => {
      behaviours.set('first', 500)
      for (let index = 0; index < 3; index += 1) await run()
      behaviours.clear()
      expect((await breakers())[0]?.openUntil).toEqual(expect.any(Date))
      expect((await run()).output).toEqual({ model: 'compatible:first' })
      expect(await breakers()).toEqual([])

      behaviours.set('first', 401)
      for (let index = 0; index < 3; index += 1) await run()
      const endpoint = { provider: 'compatible' as const, apiKey: 'sk-new', baseUrl: server.url }
      await inTenant((tx) => saveEndpoint(tx, app.masterKey, { ...endpoint, defaultModel: 'first', actor: 'cli' }))
      expect(await breakers()).toEqual([])
    })

    test('another organization has breakers and a list of its own', async () => {
      const other = await addOrganization(app.database, 'Other')
      behaviours.set('first', 500)
      await setOrganization(['sandbox:composer'])
      for (let index = 0; index < 3; index += 1) await run()
      expect(await withTenant(app.database, other, listModelBreakers)).toEqual([])
      expect(await withTenant(app.database, other, listFallbackModels)).toEqual([])
      await withTenant(app.database, other, (tx) => closeModelBreaker(tx, 'compatible'))
      expect(await breakers()).toHaveLength(1)
    })
  })
}

let workshop: string
beforeAll(async () => void (workshop = await mkdtemp(join(tmpdir(), 'neonhub-fallbacks-'))))
afterAll(() => rm(workshop, { recursive: true }))

test.for(databaseKinds.filter((kind) => !isMissing(kind)))(
  'killed with -9 between a failure and the fallback, and again in the fallback, a run is answered (%s)',
  { timeout: 120_000 },
  async (kind) => {
    const hung = { first: 0, second: 0 }
    let isDown = true
    const server = await startModelServer((call, model) => {
      if (model === 'first' && call === 1) return 500
      if (model === 'first' && hung.first === 0) {
        hung.first += 1
        return 'hangs'
      }
      if (model === 'first') return isDown ? 500 : 'answers'
      if (hung.second > 0) return 'answers'
      hung.second += 1
      return 'hangs'
    })
    const dataDir = kind === 'embedded' ? join(workshop, 'data') : undefined
    const databaseUrl = kind === 'server' ? await createServerDatabase() : undefined
    const open = async () => {
      const opened = await openDatabase({ databaseUrl, dataDir, logger: createLogger({ level: 'silent' }) })
      await migrate(opened)
      return opened
    }
    let database = await open()
    const app = await startTestRuntime(database, [asksModels])
    await app.stop()
    const { organizationId } = app
    await withTenant(database, organizationId, (tx) =>
      setFallbackModels(tx, { models: ['compatible:second'], actor: 'cli' }),
    )
    const request = { agent: 'Writer', intent: 'write', input: {}, requestedBy: 'cli' }
    const { runId } = await app.runtime.startRun(organizationId, request)
    await database.close()

    const startWorker = () => {
      const path = fileURLToPath(new URL('../../../test/fallback-worker-child.ts', import.meta.url))
      const child = spawn(execPath, [path, databaseUrl ?? '', dataDir ?? '', server.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const closed = new Promise((resolve) => child.once('close', resolve))
      return { child, closed }
    }
    for (const model of ['first', 'second'] as const) {
      const { child, closed } = startWorker()
      await expect.poll(() => hung[model], { timeout: 60_000 }).toBe(1)
      child.kill('SIGKILL')
      await closed
    }
    const { child, closed } = startWorker()
    await new Promise((resolve) => child.stdout.once('data', resolve))
    isDown = false
    child.kill('SIGTERM')
    await closed

    database = await open()
    const { run, calls } = await withTenant(database, organizationId, async (tx) => ({
      run: await tx
        .selectFrom('agent_runs')
        .select(['status', 'output'])
        .where('id', '=', runId)
        .executeTakeFirstOrThrow(),
      calls: await tx.selectFrom('llm_calls').select(['requested_model', 'status', 'error']).orderBy('id').execute(),
    }))
    expect(run).toEqual({ status: 'succeeded', output: { model: 'compatible:second' } })
    const told = calls
      .map(({ requested_model: model, status, error }) => [model, status, Object(error).code])
      // A machine under load may let a lease lapse, which cuts a call short and asks it anew.
      .filter(([, , code]) => code !== 'llm.cancelled')
    const down = ['first', 'failed', 'llm.unavailable']
    expect(told).toEqual([
      down,
      ['first', 'failed', 'runtime.interrupted'],
      ...Array.from({ length: 3 }, () => down),
      ['second', 'failed', 'runtime.interrupted'],
      ...Array.from({ length: 3 }, () => down),
      ['second', 'succeeded', undefined],
    ])
    await database.close()
    await server.close()
    if (databaseUrl !== undefined) await dropServerDatabase(databaseUrl)
  },
)
