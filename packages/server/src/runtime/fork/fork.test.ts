import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { asId, newId, type RunId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { withSystem } from '../../db/system.ts'
import { setUnknownRecipients } from '../../people/index.ts'
import { setBudget } from '../budgets/set-budget.ts'
import { defineAgent, intent } from '../define-agent.ts'
import { setConfig } from '../settings/configs.ts'
import { draftPrompt } from '../settings/prompts.ts'
import { setPolicy } from '../settings/set-policy.ts'
import { defineTask, fillTask } from '../settings/task.ts'
import type { ForkRun } from '../spec.ts'

const counts = new Map<string, number>()
const count = (name: string) => {
  const next = (counts.get(name) ?? 0) + 1
  counts.set(name, next)
  return next
}
const counted = (name: string) => counts.get(name) ?? 0

const anything = z.looseObject({})
const post = (text: string) => ({ tool: 'slack.postMessage', input: { channel: '#general', text } })
const writeTask = defineTask({
  key: 'write',
  text: 'Write about {topic}.',
  values: { topic: 'what it is about' },
})

/** Turned by tests: the code changes under a run, or fails once. */
let codeSays = 'the text'
let isBroken = false
let waitsFor: Promise<void> | undefined

const author = defineAgent({
  name: 'Author',
  description: 'Writes and posts',
  kind: 'workflow',
  policy: {
    tools: ['slack.postMessage', 'slack.listChannels', 'email.send', 'webhook.deliver'],
    agents: ['Courier'],
    maxCostMicros: 1_000_000,
    withoutApproval: ['slack.postMessage'],
  },
  intents: {
    publish: intent({
      description: 'Thinks, asks a child, writes, saves and sends',
      input: anything,
      output: anything,
      tasks: [writeTask],
      async run({ step, child, llm, tools, transaction, input, runId }) {
        const thought = await step('think', async () => ({ n: count('think'), big: 'x'.repeat(40_000) }))
        const helped = await child('have it carried', { agent: 'Courier', intent: 'carry', input: { text: 'first' } })
        const first = await tools.call('post first', post('first'))
        const topic = 'topic' in input ? String(input['topic']) : codeSays
        const { value, model } = await llm.text('write', { prompt: { task: fillTask(writeTask, { topic }) } })
        await step('after writing', async () => count('after writing'))
        await transaction('save', async (tx) => keep(tx, `saved by ${runId}`))
        const second = await tools.call('post second', post(value.slice(0, 30)))
        if (isBroken) throw new Error('broken for now')
        await step('end', async () => count('end'))
        return { n: thought.n, helped, model, first: first.status, second: second.status, told: second.output }
      },
    }),
    mail: intent({
      description: 'Sends mail, which needs a yes',
      input: anything,
      output: anything,
      async run({ tools, input }) {
        const to = z.object({ to: z.string().default('a@example.com') }).parse(input).to
        const sent = await tools.call('mail', { tool: 'email.send', input: { to: [to], subject: 'Hello', text: 'Hi' } })
        return {
          status: sent.status,
          output: sent.output,
          isSimulated: sent.isSimulated ?? false,
          code: sent.error?.code,
        }
      },
    }),
    read: intent({
      description: 'Reads channels',
      input: anything,
      output: anything,
      run: async ({ tools }) => ({ ...(await tools.call('list', { tool: 'slack.listChannels', input: {} })) }),
    }),
    survive: intent({
      description: 'Goes on from a child and a step that failed',
      input: anything,
      output: anything,
      async run({ step, child }) {
        const told = await child('fail', { agent: 'Courier', intent: 'fail', input: {} }).catch(
          (error: Error) => error.message,
        )
        const own = await step('fail too', async () => {
          count('fail too')
          throw new Error('no')
        }).catch((error: Error) => error.message)
        await step('later', async () => count('later'))
        return { told, own }
      },
    }),
    slow: intent({
      description: 'Waits between two steps',
      input: anything,
      output: anything,
      async run({ step }) {
        await step('quick', async () => count('quick'))
        await step('slow', async () => waitsFor)
        return {}
      },
    }),
  },
})

const courier = defineAgent({
  name: 'Courier',
  description: 'Carries',
  kind: 'workflow',
  policy: { tools: ['webhook.deliver'], maxCostMicros: 1_000_000, withoutApproval: ['webhook.deliver'] },
  intents: {
    carry: intent({
      description: 'Delivers once',
      input: z.object({ text: z.string() }),
      output: anything,
      async run({ tools, transaction, input }) {
        count('carry')
        await transaction('note', (tx) => keep(tx, 'note of the courier'))
        const { status } = await tools.call('deliver', {
          tool: 'webhook.deliver',
          input: { type: 'text.carried', data: { text: input.text } },
        })
        return { status }
      },
    }),
    fail: intent({
      description: 'Fails',
      input: anything,
      output: anything,
      run: async () => {
        count('courier failed')
        throw new Error('the courier fell')
      },
    }),
  },
})

/** Something that a person would take for real. */
async function keep(tx: TenantTx, title: string): Promise<string> {
  const id = newId()
  await sql`
    insert into tasks (organization_id, id, title, created_by) values (${tx.organizationId}, ${id}, ${title}, 'cli')
  `.execute(tx)
  const { rows } = await sql<{ title: string }>`select title from tasks where id = ${id}`.execute(tx)
  return rows[0]?.title ?? 'nothing'
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`forks and dry runs on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let original: RunId
    let thoughts: number

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const start = async (intentName: string, request: { input?: unknown; dryRun?: { stubReads: boolean } } = {}) =>
      (
        await testing.runtime.startRun(testing.organizationId, {
          agent: 'Author',
          intent: intentName,
          input: {},
          requestedBy: 'cli',
          ...request,
        })
      ).runId
    const forkLive = async (source: RunId, request: Partial<ForkRun> = {}) =>
      (await testing.runtime.forkRun(testing.organizationId, source, { requestedBy: 'cli', ...request })).runId
    const fork = (source: RunId, request: Partial<ForkRun> = {}) =>
      forkLive(source, { dryRun: { stubReads: false }, ...request })
    const rest = (runId: RunId) => restOf(testing, runId)
    const calls = (runId: string) =>
      inside((tx) =>
        tx
          .selectFrom('tool_executions as t')
          .innerJoin('agent_runs as r', 'r.id', 't.run_id')
          .selectAll('t')
          .where('r.root_run_id', '=', runId)
          .orderBy('t.step_key')
          .execute(),
      )
    /** What the sandboxes took: all that left. */
    const sent = () => inside(async (tx) => (await tx.selectFrom('sandbox_records').select('key').execute()).length)
    const kept = () => inside(async (tx) => (await tx.selectFrom('tasks').select('title').execute()).length)

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [author, courier], { leaseMs: 2_000 })
      await inside((tx) => setUnknownRecipients(tx, 'allow'))
      original = await start('publish')
      expect(await rest(original)).toMatchObject({ status: 'succeeded', output: { first: 'succeeded' } })
      thoughts = counted('think')
    })
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })
    beforeEach(() => {
      codeSays = 'the text'
      isBroken = false
    })

    test('a fork answers from the record before its step and runs anew from there, and nothing leaves', async () => {
      const [before, wasSent, wasKept] = [new Map(counts), await sent(), await kept()]
      const runId = await fork(original, { from: 'write' })
      const run = await rest(runId)
      expect(run).toMatchObject({
        status: 'succeeded',
        is_dry_run: true,
        forked_from_run_id: original,
        forked_from_step: 'write',
        output: { n: thoughts, helped: { status: 'succeeded' }, first: 'succeeded', second: 'succeeded' },
      })
      expect(counted('think')).toBe(before.get('think'))
      expect(counted('carry')).toBe(before.get('carry'))
      expect(counted('after writing')).toBe((before.get('after writing') ?? 0) + 1)
      expect(await calls(runId)).toMatchObject([
        { step_key: 'post first', status: 'succeeded', is_copied: true, started_at: null },
        {
          step_key: 'post second',
          status: 'simulated',
          is_copied: false,
          attempt: 0,
          simulation: { asksApproval: false },
        },
      ])
      expect(await sent()).toBe(wasSent)
      expect(await kept()).toBe(wasKept)
      const steps = await inside((tx) =>
        tx
          .selectFrom('run_steps')
          .select(['key', 'is_copied', 'sequence'])
          .where('run_id', '=', runId)
          .orderBy('sequence')
          .execute(),
      )
      expect(steps.map(({ key, is_copied: isCopied }) => [key, isCopied])).toEqual([
        ['think', true],
        ['have it carried', true],
        ['write', false],
        ['after writing', false],
        ['save', false],
        ['end', false],
      ])
      // Model calls of what was copied are not paid for again.
      const models = await inside((tx) =>
        tx.selectFrom('llm_calls').select('step_key').where('run_id', '=', runId).execute(),
      )
      expect(models).toEqual([{ step_key: 'write' }])
    })

    test('a dry run of a new run leaves nothing, in its children neither', async () => {
      const [wasSent, wasKept] = [await sent(), await kept()]
      const runId = await start('publish', { dryRun: { stubReads: false } })
      expect((await rest(runId)).status).toBe('succeeded')
      expect(await calls(runId)).toMatchObject([
        { step_key: 'deliver', status: 'simulated', result: { status: 200 } },
        { step_key: 'post first', status: 'simulated' },
        { step_key: 'post second', status: 'simulated' },
      ])
      expect(await sent()).toBe(wasSent)
      expect(await kept()).toBe(wasKept)
      const child = await inside((tx) =>
        tx.selectFrom('agent_runs').selectAll().where('parent_run_id', '=', runId).executeTakeFirstOrThrow(),
      )
      expect(child).toMatchObject({ is_dry_run: true, status: 'succeeded' })
    })

    test('a call that would need a yes asks nobody, and says that it would have; one that is forbidden is denied', async () => {
      const runId = await start('mail', { dryRun: { stubReads: false } })
      const run = await rest(runId)
      expect(run).toMatchObject({
        status: 'succeeded',
        output: { status: 'succeeded', isSimulated: true, output: { accepted: ['a@example.com'], rejected: [] } },
      })
      expect(await calls(runId)).toMatchObject([{ status: 'simulated', simulation: { asksApproval: true } }])
      expect(
        await inside((tx) => tx.selectFrom('approvals').selectAll().where('run_id', '=', runId).execute()),
      ).toEqual([])
      await inside((tx) => setUnknownRecipients(tx, 'refuse'))
      const denied = await rest(
        await start('mail', { input: { to: 'nobody@example.com' }, dryRun: { stubReads: false } }),
      )
      await inside((tx) => setUnknownRecipients(tx, 'allow'))
      expect(denied.output).toMatchObject({ status: 'denied' })
    })

    test('a dry run takes no room under a cap, and says that it would have waited for it', async () => {
      const cap = (perHour: number) =>
        inside((tx) =>
          setPolicy(tx, author, {
            rules: { caps: [{ tool: 'slack.postMessage', perHour }] },
            note: '',
            actor: 'cli',
            mayApprove: true,
          }),
        )
      await cap(1)
      const runId = await start('publish', { dryRun: { stubReads: false } })
      expect((await rest(runId)).status).toBe('succeeded')
      const posts = (await calls(runId)).filter(({ tool }) => tool === 'slack.postMessage')
      expect(posts).toMatchObject([
        { status: 'simulated', simulation: { heldUntil: expect.any(String) } },
        { status: 'simulated', simulation: { heldUntil: expect.any(String) } },
      ])
      await inside((tx) => setPolicy(tx, author, { rules: {}, note: '', actor: 'cli', mayApprove: true }))
    })

    test('reads are made, unless it is asked otherwise', async () => {
      const made = await rest(await start('read', { dryRun: { stubReads: false } }))
      expect(made).toMatchObject({ tainted: true, output: { status: 'succeeded' } })
      expect(JSON.stringify(made.output)).toContain('marketing')
      const stubbed = await rest(await start('read', { dryRun: { stubReads: true } }))
      expect(stubbed.output).toMatchObject({ isSimulated: true, output: { channels: [] } })
    })

    test('a fork with another model, and one with another prompt, ask those in the whole tree', async () => {
      const asked = async (runId: RunId) => {
        await rest(runId)
        const { rows } = await inside((tx) =>
          sql<{ model: string; version: number | null; request: string }>`
            select requested_model as model, prompt_version as version, request::text from llm_calls where run_id = ${runId}
          `.execute(tx),
        )
        return rows[0]
      }
      // One that cannot be asked here: what the fork names comes before it.
      await inside((tx) => setConfig(tx, author, { model: 'openai:gpt', actor: 'cli' }))
      expect((await rest(await fork(original, { from: 'write' }))).error).toMatchObject({
        code: 'llm.provider_not_configured',
      })
      const named = await fork(original, { from: 'write', model: 'sandbox:composer' })
      expect((await rest(named)).status).toBe('succeeded')
      expect(await asked(named)).toMatchObject({ model: 'composer' })
      await inside((tx) => setConfig(tx, author, { actor: 'cli' }))
      const key = { intent: 'publish', key: 'write' }
      const { version } = await inside((tx) =>
        draftPrompt(tx, author, { ...key, task: 'Sing of {topic}.', note: '', actor: 'cli' }),
      )
      const sung = await asked(await fork(original, { from: 'write', prompts: [{ agent: 'Author', ...key, version }] }))
      expect(sung).toMatchObject({ version, request: expect.stringContaining('Sing of the text.') })
      for (const [request, code] of [
        [{ model: 'nobody:model' }, 'llm.provider_unknown'],
        [{ model: 'openai:gpt' }, 'llm.provider_not_configured'],
        [{ model: 'nonsense' }, 'llm.model_unknown'],
        [{ prompts: [{ agent: 'Author', ...key, version: 99 }] }, 'runtime.prompt_version_unknown'],
        [{ prompts: [{ agent: 'Author', intent: 'publish', key: 'none', version: 1 }] }, 'runtime.prompt_unknown'],
        [{ prompts: [{ agent: 'Nobody', ...key, version: 1 }] }, 'runtime.agent_unknown'],
      ] as const) {
        await expect(fork(original, request)).rejects.toMatchObject({ code })
      }
    })

    test('another input begins from the start, and is refused beside a step', async () => {
      const runId = await fork(original, { input: { topic: 'ships' } })
      expect(await rest(runId)).toMatchObject({
        status: 'succeeded',
        input: { topic: 'ships' },
        forked_from_step: null,
      })
      await expect(fork(original, { input: { topic: 'ships' }, from: 'write' })).rejects.toMatchObject({
        code: 'runtime.fork_input_fixed',
      })
    })

    test('what cannot be forked says why: no such step, no such run, another organization’s, a child', async () => {
      await expect(fork(original, { from: 'no such step' })).rejects.toMatchObject({
        code: 'runtime.step_not_found',
        kind: 'not_found',
        hint: expect.stringContaining('"write"'),
      })
      await expect(fork(newId())).rejects.toMatchObject({ code: 'runtime.run_not_found' })
      const other = await startTestRuntime(database, [author, courier])
      try {
        const attempt = other.runtime.forkRun(other.organizationId, original, { requestedBy: 'cli' })
        await expect(attempt).rejects.toMatchObject({ code: 'runtime.run_not_found' })
      } finally {
        await other.stop()
      }
      const child = await inside((tx) =>
        tx.selectFrom('agent_runs').select('id').where('parent_run_id', '=', original).executeTakeFirstOrThrow(),
      )
      await expect(fork(asId(child.id))).rejects.toMatchObject({
        code: 'runtime.fork_of_child',
        hint: expect.stringContaining(`${original} --from "have it carried"`),
      })
    })

    test('a key makes one fork, however often it is sent, and is refused with another request', async () => {
      const key = `key ${kind}`
      const [one, two] = await Promise.all([
        fork(original, { from: 'end', idempotencyKey: key }),
        fork(original, { from: 'end', idempotencyKey: key }),
      ])
      expect(one).toBe(two)
      expect(await fork(original, { from: 'end', idempotencyKey: key })).toBe(one)
      await expect(fork(original, { from: 'write', idempotencyKey: key })).rejects.toMatchObject({
        code: 'runtime.idempotency_conflict',
      })
      const { rows } = await inside((tx) =>
        sql`select from tool_executions where run_id = ${one} and step_key = 'post first'`.execute(tx),
      )
      expect(rows.length).toBe(1)
      await rest(one)
    })

    test('a fork of a fork copies what that one did; what a dry run has on record is not gone on from for real', async () => {
      const first = await fork(original, { from: 'write' })
      await rest(first)
      const second = await fork(first, { from: 'end' })
      expect((await rest(second)).status).toBe('succeeded')
      expect(await calls(second)).toMatchObject([
        { step_key: 'post first', status: 'succeeded', is_copied: true },
        { step_key: 'post second', status: 'simulated', is_copied: true },
      ])
      await expect(forkLive(first, { from: 'end' })).rejects.toMatchObject({ code: 'runtime.fork_of_dry_run' })
    })

    test('a live fork sends what comes after, and only that', async () => {
      const wasSent = await sent()
      const runId = await forkLive(original, { from: 'post second' })
      expect(await rest(runId)).toMatchObject({ status: 'succeeded', is_dry_run: false })
      expect(await sent()).toBe(wasSent + 1)
      expect(await calls(runId)).toMatchObject([
        { is_copied: true },
        { status: 'succeeded', is_copied: false, attempt: 1 },
      ])
    })

    test('failures that a handler went on from are met again, and not made again', async () => {
      const run = await start('survive')
      await rest(run)
      const before = [counted('courier failed'), counted('fail too')]
      const forked = await rest(await fork(run, { from: 'later' }))
      expect(forked).toMatchObject({
        status: 'succeeded',
        output: { told: 'Courier: the courier fell', own: 'no' },
      })
      expect([counted('courier failed'), counted('fail too')]).toEqual(before)
      await rest(await fork(run, { from: 'fail' }))
      expect(counted('courier failed')).toBe((before[0] ?? 0) + 1)
    })

    test('a run that is still under way is forked from what has ended', async () => {
      const gate = Promise.withResolvers<void>()
      waitsFor = gate.promise
      const slow = await start('slow')
      await expect
        .poll(() => inside((tx) => tx.selectFrom('run_steps').select('key').where('run_id', '=', slow).execute()))
        .toEqual([{ key: 'quick' }])
      const before = counted('quick')
      const forked = await fork(slow, { from: 'quick' })
      gate.resolve()
      expect((await rest(forked)).status).toBe('succeeded')
      expect(counted('quick')).toBe(before + 1)
      await rest(slow)
    })

    test('code that asks something else than what was copied stops the fork', async () => {
      codeSays = 'another text'
      const forked = await rest(await fork(original, { from: 'post second' }))
      expect(forked).toMatchObject({ status: 'needs_attention', error: { code: 'runtime.journal_mismatch' } })
    })

    test('a dry run that failed is resumed as a dry run', async () => {
      const wasSent = await sent()
      isBroken = true
      const runId = await start('publish', { dryRun: { stubReads: false } })
      expect((await rest(runId)).status).toBe('failed')
      isBroken = false
      await testing.runtime.resumeRun(testing.organizationId, runId)
      await expect.poll(async () => (await rest(runId)).status).toBe('succeeded')
      expect(await sent()).toBe(wasSent)
      expect((await calls(runId)).map(({ status }) => status)).toEqual(['simulated', 'simulated', 'simulated'])
    })

    test('the database writes no effect of a dry run down as one that leaves, and a dry run stays one', async () => {
      const runId = await start('publish', { dryRun: { stubReads: false } })
      await rest(runId)
      const own = await inside((tx) =>
        tx.selectFrom('agent_runs').select('id').where('root_run_id', '=', runId).execute(),
      )
      const tries = [
        ...own.map(({ id }) => sql`update agent_runs set is_dry_run = false where id = ${id}`),
        ...['executing', 'awaiting_approval', 'unknown'].map(
          (status) => sql`
            update tool_executions set status = ${status}, simulation = null
            where run_id in (select id from agent_runs where root_run_id = ${runId}) and status = 'simulated'
          `,
        ),
      ]
      for (const one of tries) {
        await expect(inside((tx) => one.execute(tx))).rejects.toThrow(/dry run/)
      }
    })

    test('a dry run whose calls were put back to be made does not send them, at whatever point it is taken up', async () => {
      const wasSent = await sent()
      isBroken = true
      const runId = await start('publish', { dryRun: { stubReads: false } })
      await rest(runId)
      isBroken = false
      // As a failure that is tried again stands, for whatever reason.
      await inside((tx) =>
        sql`
          update tool_executions set status = 'planned', simulation = null, result = null where run_id = ${runId}
        `.execute(tx),
      )
      await testing.runtime.resumeRun(testing.organizationId, runId)
      await expect.poll(async () => (await rest(runId)).status).toBe('succeeded')
      expect(await sent()).toBe(wasSent)
      expect((await calls(runId)).map(({ status }) => status)).toEqual(['simulated', 'simulated', 'simulated'])
    })

    test('a child that was written without the mark cannot send either', async () => {
      const wasSent = await sent()
      const gate = Promise.withResolvers<void>()
      waitsFor = gate.promise
      const runId = await start('slow', { dryRun: { stubReads: false } })
      await expect
        .poll(() => inside((tx) => tx.selectFrom('run_steps').select('key').where('run_id', '=', runId).execute()))
        .toHaveLength(1)
      const childId = newId()
      const refused = inside(async (tx) => {
        await sql`
          insert into agent_runs (organization_id, id, agent_id, agent, intent, parent_run_id, root_run_id, parent_step_key,
            status, input, input_hash, requested_by)
          select organization_id, ${childId}, agent_id, agent, intent, id, id, 'forged', 'running', '{}', '', 'cli'
          from agent_runs where id = ${runId}
        `.execute(tx)
        await sql`
          insert into tool_executions (organization_id, run_id, id, step_key, tool, effect, status, arguments,
            arguments_hash, preview, fence)
          values (${tx.organizationId}, ${childId}, ${newId()}, 'post', 'slack.postMessage', 'lookup', 'executing', '{}',
            '', '{}', 0)
        `.execute(tx)
      })
      await expect(refused).rejects.toThrow('a dry run has no effects')
      gate.resolve()
      expect((await rest(runId)).status).toBe('succeeded')
      expect(await sent()).toBe(wasSent)
    })

    test('a worker of a release before takes no dry run and no fork', async () => {
      const written = await inside(async (tx) => {
        const { rows } = await sql<{ claimed: object }>`
          with asked as (
            select jsonb_build_array(jsonb_build_object(
              'n', 0, 'run_id', r.id, 'worker_id', ${newId()}::text, 'lease_ms', 1000
            )) as items, r.id
            from agent_runs r where r.root_run_id = r.id and r.organization_id = ${tx.organizationId}
              and (r.is_dry_run or r.forked_from_step is not null)
          )
          select claim_runs(${tx.organizationId}, items) as claimed from asked
        `.execute(tx)
        return rows
      })
      expect(written.length).toBeGreaterThan(5)
      expect(written.every(({ claimed }) => Object.keys(claimed).length === 0)).toBe(true)
      // Queued as it would be for that worker: only one that knows of forks takes it.
      const claims = await inside(async (tx) => {
        const id = newId()
        await sql`
          insert into agent_runs (organization_id, id, agent_id, agent, intent, root_run_id, status, input, input_hash,
            requested_by, is_dry_run)
          select organization_id, ${id}, agent_id, agent, intent, ${id}, 'queued', '{}', '', 'cli', true
          from agent_runs where id = ${original}
        `.execute(tx)
        const claim = async (knows: boolean) => {
          const { rows } = await sql<{ claimed: object }>`
            select claim_runs(${tx.organizationId}, jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
              'n', 0, 'run_id', ${id}::text, 'worker_id', ${newId()}::text, 'lease_ms', 1000,
              'knows_forks', ${knows ? true : null}::boolean
            )))) as claimed
          `.execute(tx)
          return Object.keys(rows[0]?.claimed ?? {}).length
        }
        const counted = [await claim(false), await claim(true)]
        await sql`update agent_runs set status = 'cancelled', lease_expires_at = null where id = ${id}`.execute(tx)
        return counted
      })
      expect(claims).toEqual([0, 1])
    })

    test('a dry run uses no budget of sends', async () => {
      const set = (amount: number) =>
        inside((tx) =>
          setBudget(
            tx,
            {
              name: 'sends',
              scope: 'organization',
              limits: 'sends',
              period: 'daily',
              amount,
              allowsUnpriced: false,
              actor: 'cli',
            },
            { agents: new Map([[author.name, author]]) },
          ),
        )
      await set(0)
      const simulated = await start('publish', { dryRun: { stubReads: false } })
      expect((await rest(simulated)).status).toBe('succeeded')
      const real = await start('publish')
      await rest(real)
      await set(1_000_000)
      const statusesOf = async (runId: RunId) => new Set((await calls(runId)).map(({ status }) => status))
      expect(await statusesOf(simulated)).toEqual(new Set(['simulated']))
      expect(await statusesOf(real)).toEqual(new Set(['denied']))
      const { rows } = await inside((tx) =>
        sql`
          select from budget_reservations where run_id in (select id from agent_runs where root_run_id = ${simulated})
        `.execute(tx),
      )
      expect(rows).toEqual([])
    })

    test('a run with a call of unknown outcome is forked as a dry run alone, until a person has settled it', async () => {
      const change = (status: string) =>
        inside((tx) =>
          sql`update tool_executions set status = ${status} where run_id = ${original} and step_key = 'post second'`.execute(
            tx,
          ),
        )
      await change('unknown')
      try {
        await expect(forkLive(original, { from: 'end' })).rejects.toMatchObject({ code: 'runtime.fork_unsettled' })
        expect((await rest(await fork(original, { from: 'write' }))).status).toBe('succeeded')
      } finally {
        await change('succeeded')
      }
    })

    test('a run whose intent takes something else by now is forked from the start alone', async () => {
      const source = await start('survive')
      await rest(source)
      await inside((tx) => sql`update agent_runs set schema_hash = 'another' where id = ${source}`.execute(tx))
      await expect(fork(source, { from: 'later' })).rejects.toMatchObject({ code: 'runtime.intent_changed' })
      expect((await rest(await fork(source))).status).toBe('succeeded')
    })

    test('no endpoint is told of a dry run', async () => {
      await inside((tx) =>
        sql`
          insert into webhook_endpoints (organization_id, id, url, event_types, created_by)
          values (${tx.organizationId}, ${newId()}, 'https://hooks.example/', array['*'], 'cli')
        `.execute(tx),
      )
      await rest(await start('publish', { dryRun: { stubReads: false } }))
      await rest(await fork(original, { from: 'write' }))
      const told = () => inside((tx) => tx.selectFrom('webhook_messages').select('body').execute())
      expect(await told()).toEqual([])
      await rest(await start('read'))
      expect(await told()).toHaveLength(1)
    })

    test('removing the original leaves its forks as they are', async () => {
      const source = await start('survive')
      await rest(source)
      const forked = await fork(source, { from: 'later' })
      await rest(forked)
      // As retention does, whose role may delete and reads no text.
      await withSystem(database, (tx) =>
        sql`delete from agent_runs where organization_id = ${testing.organizationId} and id = ${source}`.execute(tx),
      )
      expect(await rest(forked)).toMatchObject({
        forked_from_run_id: null,
        forked_from_step: 'later',
        status: 'succeeded',
      })
    })
  })
}
