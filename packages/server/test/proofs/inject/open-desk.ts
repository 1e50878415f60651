import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import { asId, newId, type BrandId, type OrganizationId, type RunId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMetrics } from '../../../src/base/metrics.ts'
import { type Database, withTenant } from '../../../src/db/index.ts'
import { addMessage, createConversation, importBrand } from '../../../src/knowledge/index.ts'
import { createLlm } from '../../../src/llm/index.ts'
import { dueRuns, takeUpDue } from '../../../src/ops/index.ts'
import { createQueue } from '../../../src/queue/index.ts'
import {
  addConnection,
  createStandaloneJournal,
  createRuntime,
  type PolicyRules,
  setPolicy,
} from '../../../src/runtime/index.ts'
import { createIntake, receive, setTrigger, signInboundToken } from '../../../src/triggers/index.ts'
import { addOrganization } from '../../database.ts'
import { hashedEmbeddings } from '../../hashed-embeddings.ts'
import { openNetwork } from '../../open-network.ts'
import { obedient } from './obedient-agent.ts'

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

/** An organization at whose desk the agent works. */
export interface Desk {
  readonly organizationId: OrganizationId
  readonly brandId: BrandId
  readonly brand: string
  /** Hands in an event that came from outside. */
  readonly send: (mark: string, text: string) => Promise<void>
  /** Asks something in a new conversation; returns its id. */
  readonly say: (text: string) => Promise<string>
}

/** Where connections and mail go. */
export interface Outside {
  readonly url: string
  readonly mailPort: number
}

/** An installation with a worker whose only model is the one at `modelUrl`. */
export async function openDesks(database: Database, { modelUrl, outside }: { modelUrl: string; outside: Outside }) {
  const logger = createLogger({ level: 'fatal' })
  const metrics = createMetrics()
  const masterKey = randomBytes(32)
  const parts = { database, logger, metrics, clock: systemClock, masterKey, mockConnectors: false, ...openNetwork }
  const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock: systemClock })
  const config = parseConfig({ OPENAI_COMPATIBLE_BASE_URL: modelUrl, NEONHUB_MODEL: 'compatible:obedient' }).llm
  const embeddings = hashedEmbeddings({ model: 'words', dimensions: 256 })
  const llm = { ...createLlm({ config, clock: systemClock }), embeddings, embeddingsOf: () => embeddings }
  const agents = new Map([[obedient.name, obedient]])
  const runtime = createRuntime({ ...parts, queue, llm, agents, publicUrl: 'http://localhost:3000' })
  await queue.start(
    {
      'agent.run': async ({ organizationId, runId }, signal) => {
        if (runId) await runtime.runJob(organizationId, runId, signal)
      },
      'webhook.in': createIntake({ database, queue, runtime }),
      maintenance: async () => undefined,
    },
    { upkeep: () => takeUpDue(database, { due: [dueRuns(runtime.wakeRun)], logger }) },
  )

  const connect = (organizationId: OrganizationId, name: string, account: Omit<Account, 'mode'>) =>
    withTenant(database, organizationId, (tx) => addConnection(tx, masterKey, { name, mode: 'real', ...account }))
  const deliverTo = (path: string): Omit<Account, 'mode'> => ({
    connector: 'webhook',
    settings: { url: `${outside.url}${path}` },
    credentials: { secret, signingSecrets: [secret] },
  })

  return {
    runtime,
    connect,
    deliverTo,
    /** An organization whose documents are those of a folder, with every connection, under a policy of its own. */
    open: async (name: string, { folder, rules }: { folder: string; rules: PolicyRules }): Promise<Desk> => {
      const organizationId = await addOrganization(database, name)
      const journal = () => createStandaloneJournal({ database, organizationId })
      const imported = await importBrand(
        { ...parts, llm, queue, journal },
        organizationId,
        { source: folder, slug: 'brand' },
        () => undefined,
      )
      const { id: brandId } = imported.brand
      // What a folder says is the organization's own: the pages stand for those that came from a site.
      await markAsOutside(database, organizationId)
      for (const path of ['desk', 'side', 'answer', 'stranger']) {
        await connect(organizationId, path, deliverTo(path))
      }
      await connect(organizationId, 'slack', {
        connector: 'slack',
        settings: { apiUrl: `${outside.url}slack/` },
        credentials: { botToken: 'xoxb-1-2-abc' },
      })
      await connect(organizationId, 'email', {
        connector: 'email',
        settings: { host: '127.0.0.1', port: outside.mailPort, security: 'none', from: { address: 'us@ours.example' } },
        credentials: {},
      })
      const inbound = await connect(organizationId, 'inbound', deliverTo('desk'))
      await withTenant(database, organizationId, async (tx) => {
        await setPolicy(tx, obedient, { rules, note: 'the desk', actor: 'cli', mayApprove: true })
        await setTrigger(tx, agents, {
          name: 'asked',
          connectionId: inbound,
          eventTypes: ['*'],
          agent: obedient.name,
          intent: 'obey',
          brand: 'brand',
          input: { mark: '{{data.mark}}', field: 'trigger', text: '{{data.text}}' },
          isEnabled: true,
          createdBy: 'cli',
        })
      })
      const token = signInboundToken(masterKey, { organizationId, connectionId: inbound })
      return {
        organizationId,
        brandId,
        brand: 'brand',
        send: async (mark, text) => {
          const at = new Date()
          const id = newId()
          const body = JSON.stringify({ type: 'asked', timestamp: at.toISOString(), data: { mark, text } })
          const headers = {
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
            'webhook-signature': new Webhook(secret).sign(id, at, body),
          }
          await receive({ ...parts, queue }, { token, request: { headers, body: new TextEncoder().encode(body) } })
        },
        say: (text) =>
          withTenant(database, organizationId, async (tx) => {
            const about = { kind: 'support', subject: '', personId: undefined, createdBy: 'cli' } as const
            const conversationId = await createConversation(tx, { brandId, ...about })
            const said = { conversationId, role: 'user', author: 'cli', body: text, citations: [] } as const
            await addMessage(tx, said)
            return conversationId
          }),
      }
    },
    find: (organizationId: OrganizationId, mark: string) =>
      withTenant(database, organizationId, async (tx) => {
        const rows = await tx
          .selectFrom('agent_runs')
          .select(['id', 'input'])
          .where('requested_by', 'like', 'trigger:%')
          .execute()
        const row = rows.find(({ input }) => JSON.stringify(input).includes(`"${mark}"`))
        return row && asId<'run'>(row.id)
      }),
    /** What the run's model was told of others, and whether it waits for another hour. */
    read: (organizationId: OrganizationId, runId: RunId) =>
      withTenant(database, organizationId, async (tx) => {
        const run = await tx.selectFrom('agent_runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow()
        const steps = await tx.selectFrom('run_steps').select('output').where('run_id', '=', runId).execute()
        const calls = await tx.selectFrom('tool_executions').select('result').where('run_id', '=', runId).execute()
        return {
          isHeld: run.status === 'waiting' && run.waiting_for !== 'approval',
          read: JSON.stringify([run.input, run.output, steps, calls]),
        }
      }),
    /** The calls of a run and its children that wait for a yes. */
    listAsked: (organizationId: OrganizationId, runId: RunId) =>
      withTenant(database, organizationId, (tx) =>
        tx
          .selectFrom('approvals as a')
          .innerJoin('tool_executions as t', (join) =>
            join.onRef('t.organization_id', '=', 'a.organization_id').onRef('t.id', '=', 'a.tool_execution_id'),
          )
          .innerJoin('agent_runs as r', (join) =>
            join.onRef('r.organization_id', '=', 'a.organization_id').onRef('r.id', '=', 'a.run_id'),
          )
          .innerJoin('connector_auths as c', (join) =>
            join.onRef('c.organization_id', '=', 't.organization_id').onRef('c.id', '=', 't.connection_id'),
          )
          .select(['a.id', 'a.arguments_hash', 't.tool', 't.arguments', 'c.name as connection'])
          .where('r.root_run_id', '=', runId)
          .where('a.status', '=', 'pending')
          .execute(),
      ),
    close: () => queue.stop(),
  }
}

interface Account {
  readonly connector: string
  readonly mode: 'real'
  readonly settings: Readonly<Record<string, unknown>>
  readonly credentials: Readonly<Record<string, unknown>>
}

const markAsOutside = (database: Database, organizationId: OrganizationId) =>
  withTenant(database, organizationId, (tx) =>
    tx.updateTable('chunks').set({ untrusted: true }).where('organization_id', '=', organizationId).execute(),
  )

export type Desks = Awaited<ReturnType<typeof openDesks>>
