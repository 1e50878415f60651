import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { asId, newId, type OrganizationId, type WebhookEndpointId } from '../base/ids.ts'
import type { Metrics } from '../base/metrics.ts'
import { open } from '../base/vault.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { addJob, type JobHandler, type Queue } from '../queue/index.ts'
import { retryWaitMs } from './retry-wait.ts'
import { type SentMessage, sendMessage } from './send-message.ts'
import { type ClaimedMessage, claimMessage } from './sql/claim-message.ts'
import { letGoOfEndpoint, takeEndpoint } from './sql/endpoints.ts'
import { finishAttempt, type MessageEnd, recordEndpointHealth } from './sql/finish-attempt.ts'
import type { SealedSecret } from './sql/secrets.ts'

export interface DeliveryParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
  readonly clock: Clock
  readonly metrics: Metrics
  /** Of the address guard. */
  readonly fetch: typeof fetch
  readonly masterKey: Uint8Array
  /** How long a receiver has to answer, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number
}

/** How many messages are under way to one endpoint, over all workers. */
const inFlight = 3
const defaultTimeoutMs = 15_000
/** A job sends one endpoint's messages for so long, then goes to the end of the queue: the others have their turn. */
const sliceMs = 5_000
/** After how many days of nothing but failure an endpoint is disabled. */
const mostFailingDays = 3

const Payload = z.object({ endpointId: z.uuid() })

/** The handler of the queue `webhook.out`: sends what is due to one endpoint, a few at a time. */
export function createDelivery(parts: DeliveryParts): JobHandler {
  return async ({ organizationId, payload }, signal) => {
    const endpointId: WebhookEndpointId = asId(Payload.parse(payload).endpointId)
    const until = performance.now() + sliceMs
    const isGoingOn = () => performance.now() < until && !signal.aborted
    const lane = async () => {
      while (isGoingOn()) if (!(await deliverNext(parts, { organizationId, endpointId, signal }))) return false
      return true
    }
    const lanes = await Promise.all(Array.from({ length: inFlight }, lane))
    // Where a lane was stopped by the clock there may be more; else whoever wakes endpoints finds what becomes due.
    const jobId = await withTenant(parts.database, organizationId, async (tx) => {
      await letGoOfEndpoint(tx, endpointId)
      return lanes.includes(true) ? wakeEndpoint(tx, endpointId) : undefined
    })
    if (jobId) await parts.queue.dispatch(organizationId, jobId, 'webhook.out')
  }
}

/** Has what is due to an endpoint sent, unless a job has it in hand already. */
export async function sendEndpoint(
  { database, queue }: Pick<DeliveryParts, 'database' | 'queue'>,
  organizationId: OrganizationId,
  endpointId: WebhookEndpointId,
): Promise<void> {
  const jobId = await withTenant(database, organizationId, (tx) => wakeEndpoint(tx, endpointId))
  if (jobId) await queue.dispatch(organizationId, jobId, 'webhook.out')
}

/** Gives the endpoint's messages to a new job, which is to be dispatched; undefined where one has them. */
async function wakeEndpoint(tx: TenantTx, endpointId: WebhookEndpointId) {
  if (!(await takeEndpoint(tx, endpointId))) return undefined
  return addJob(tx, { queue: 'webhook.out', payload: { endpointId } })
}

interface Place {
  readonly organizationId: OrganizationId
  readonly endpointId: WebhookEndpointId
}

/** Sends the next message that is due. False where there is none to send now. */
async function deliverNext(
  parts: DeliveryParts,
  { organizationId, endpointId, signal }: Place & { readonly signal: AbortSignal },
): Promise<boolean> {
  const { database, masterKey, metrics, timeoutMs = defaultTimeoutMs } = parts
  const message = await withTenant(database, organizationId, (tx) =>
    // Twice as long as it may take: a process that is only slow does not send beside its successor.
    claimMessage(tx, { endpointId, attemptId: newId(), inFlight, leaseMs: 2 * timeoutMs }),
  )
  if (!message) return false
  const secrets = message.secrets.map((secret) => openSecret(masterKey, organizationId, secret))
  const sent = await sendMessage({ ...parts, timeoutMs, signal }, { ...message, secrets })
  const end = endOf(message, sent)
  await withTenant(database, organizationId, async (tx) => {
    const isOwn = await finishAttempt(tx, message, { outcome: sent.outcome, end })
    if (isOwn) await recordEndpointHealth(tx, endpointId, healthOf(sent, end))
  })
  const { statusCode } = sent.outcome
  metrics.webhookAttempts.inc({
    outcome: end.status === 'delivered' ? 'delivered' : statusCode === undefined ? 'unreachable' : 'refused',
  })
  return true
}

const isSuccess = (statusCode: number | undefined) => statusCode !== undefined && statusCode >= 200 && statusCode < 300
const isGone = ({ outcome }: SentMessage) => outcome.statusCode === 410

function endOf({ round }: ClaimedMessage, sent: SentMessage): MessageEnd {
  if (isSuccess(sent.outcome.statusCode)) return { status: 'delivered' }
  if (isGone(sent)) return { status: 'failed' }
  const waitMs = retryWaitMs(round, { retryAfterMs: sent.retryAfterMs, random: Math.random() })
  return waitMs === undefined ? { status: 'failed' } : { status: 'pending', waitMs }
}

function healthOf(sent: SentMessage, end: MessageEnd): Parameters<typeof recordEndpointHealth>[2] {
  if (end.status === 'delivered') return { isWell: true }
  const gone = isGone(sent) ? { gone: 'The receiver answered that it is gone for good (410)' } : {}
  return { isWell: false, mostDays: mostFailingDays, ...gone }
}

const Opened = z.object({ secret: z.string() })

function openSecret(masterKey: Uint8Array, organizationId: OrganizationId, { id, sealed }: SealedSecret): string {
  return Opened.parse(open(masterKey, { organizationId, credentialId: id }, sealed)).secret
}
