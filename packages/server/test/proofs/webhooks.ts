import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import { NeonHubError } from '../../src/base/errors.ts'
import { createLogger } from '../../src/base/log.ts'
import { migrate, openDatabase } from '../../src/db/index.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom, type Random } from './random.ts'
import { forgeriesOf, makeEvents, requestOf, type Sender, type SentEvent } from './webhooks/make-events.ts'
import { openReceiver } from './webhooks/open-receiver.ts'
import { startRecorder } from './webhooks/start-recorder.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of inbound webhooks found; each figure from `repeatedEffects` on must be 0. */
export interface WebhooksAnswer extends ProofAnswer {
  /** Distinct events: there must be as many effects. */
  readonly events: number
  readonly effects: number
  readonly requests: number
  readonly repeatedEffects: number
  readonly missingEffects: number
  readonly forgedAccepted: number
  readonly staleAccepted: number
  /** What the sender signed, and was not taken. */
  readonly genuineRefused: number
  /** Of what the organization knows in the end, what differs from one that was told in order and once. */
  readonly stateDiffers: number
}

const sabotages = {
  /** A forger has one of the secrets. */
  'leaked secret': undefined,
  /** Repetitions are not known by their id. */
  'forgotten id': `new.event_id := new.event_id || '/' || gen_random_uuid()`,
  /** One in four is lost before it is worked. */
  'lost event': `if hashtext(new.event_id) % 4 = 0 then new.status := 'ignored'; new.finished_at := now(); end if`,
  /** What counts is when an event came, and not when it happened. */
  'arrival order': `new.occurred_at := date_trunc('day', now()) + make_interval(secs => hashtext(new.id::text) % 1000)`,
} as const

const sabotageNames = Object.keys(sabotages) as readonly (keyof typeof sabotages)[]
const dayMs = 86_400_000
const concurrency = 8

const Effect = z.object({ organizationId: z.string(), event: z.string() })

/**
 * Each event five times, shuffled, three days late, with the old secret and the new one, among forged and stale requests
 * under the same ids; beside an organization that is told in order and once. `--sabotage NAME` must be found.
 */
export async function proveWebhooks(options: ProofOptions): Promise<WebhooksAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotageNames)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    await migrate(database)
    const recorder = await startRecorder()
    const receiver = await openReceiver(database, recorder.url)
    try {
      const random = createRandom(options.seed)
      const events = makeEvents(random, options.isShort ? 24 : 400)
      const [fresh, old, foreign] = [newSecret(), newSecret(), newSecret()]
      const counted = [fresh, old, ...(sabotage === 'leaked secret' ? [foreign] : [])]
      const shuffled = await receiver.addOrganization('Shuffled', { webhook: counted, slack: counted })
      const ordered = await receiver.addOrganization('Ordered', { webhook: [fresh], slack: [fresh] })
      for (const event of events) {
        await ordered.send(event.sender, requestOf(event, { secrets: [fresh], at: new Date() }))
        await receiver.settle(ordered.organizationId, 60_000)
      }
      if (sabotage) await breakIt(databaseUrl, sabotages[sabotage])

      const requests = shuffle(random, requestsOf(events, { fresh, old, foreign }))
      const tally = { forged: 0, stale: 0, refused: 0 }
      const take = async ({ sender, kind, request }: PlannedRequest) => {
        const isTaken = await shuffled.send(sender, request()).then(
          () => true,
          (error: unknown) => {
            if (error instanceof NeonHubError && error.code === 'triggers.signature_invalid') return false
            throw error
          },
        )
        if (kind === 'genuine' && !isTaken) tally.refused += 1
        if (kind !== 'genuine' && isTaken) tally[kind] += 1
      }
      const next = requests.values()
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          for (const request of next) await take(request)
        }),
      )
      await receiver.settle(shuffled.organizationId, 120_000)

      const effects = recorder.effects
        .map((effect) => Effect.parse(effect))
        .filter(({ organizationId }) => organizationId === shuffled.organizationId)
        .map(({ event }) => event)
      const distinct = new Set(effects)
      const [mine, control] = [
        await receiver.readState(shuffled.organizationId),
        await receiver.readState(ordered.organizationId),
      ]
      const stateDiffers = new Set(mine).symmetricDifference(new Set(control)).size
      const figures = {
        repeatedEffects: effects.length - distinct.size,
        missingEffects: events.filter(({ id }) => !distinct.has(id)).length,
        forgedAccepted: tally.forged,
        staleAccepted: tally.stale,
        genuineRefused: tally.refused,
        stateDiffers,
      }
      options.say(`${requests.length} requests of ${events.length} events came to ${effects.length} effects`)
      for (const line of new Set(mine).symmetricDifference(new Set(control))) options.say(`found: ${line}`)
      const ok = Object.values(figures).every((figure) => figure === 0) && effects.length === events.length
      return {
        proof: 'webhooks',
        seed: options.seed,
        ok,
        events: events.length,
        effects: effects.length,
        requests: requests.length,
        ...figures,
      }
    } finally {
      await receiver.stop()
      await database.close()
      await recorder.stop()
    }
  })
}

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

interface PlannedRequest {
  readonly sender: Sender
  readonly kind: 'genuine' | 'forged' | 'stale'
  /** Signed when it is sent: what is late is signed anew. */
  readonly request: () => ReturnType<typeof requestOf>
}

function requestsOf(
  events: readonly SentEvent[],
  { fresh, old, foreign }: { readonly fresh: string; readonly old: string; readonly foreign: string },
): readonly PlannedRequest[] {
  return events.flatMap((event): readonly PlannedRequest[] => {
    const { sender } = event
    const sign = (...secrets: string[]) => requestOf(event, { secrets, at: new Date() })
    const genuine = [() => sign(fresh), () => sign(fresh), () => sign(old), () => sign(old), () => sign(fresh, old)]
    const forged = [0, 1, 2, 3, 4].map(
      (index) => () => forgeriesOf(event, sign(fresh), foreign)[index] ?? sign(foreign),
    )
    const stale = [3 * dayMs, 6 * 60_000, -6 * 60_000].map(
      (ageMs) => () => requestOf(event, { secrets: [fresh], at: new Date(Date.now() - ageMs) }),
    )
    return [
      ...genuine.map((request) => ({ sender, kind: 'genuine' as const, request })),
      ...forged.map((request) => ({ sender, kind: 'forged' as const, request })),
      ...stale.map((request) => ({ sender, kind: 'stale' as const, request })),
    ]
  })
}

function shuffle<Item>(random: Random, items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

async function breakIt(databaseUrl: string, body: string | undefined): Promise<void> {
  if (body === undefined) return
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  await owner.query(`
    create function sabotage() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
    create trigger sabotage before insert on webhook_deliveries for each row execute function sabotage()
  `)
  await owner.end()
}
