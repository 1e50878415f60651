import type { Clock } from '../base/clock.ts'
import { NeonHubError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { Metrics } from '../base/metrics.ts'
import { readInbound } from '../connectors/index.ts'
import type { InboundRequest } from '../connectors/spec.ts'
import { type Database, withTenant } from '../db/index.ts'
import { addJob, type Queue } from '../queue/index.ts'
import { openInbound } from '../runtime/index.ts'
import { readInboundToken, sandboxSecret } from './inbound-token.ts'
import { insertDelivery } from './sql/deliveries.ts'

export interface ReceiveParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
  readonly clock: Clock
  readonly metrics: Metrics
  readonly masterKey: Uint8Array
  readonly mockConnectors: boolean | undefined
}

/** What the sender is told. */
export type Received =
  | { readonly kind: 'stored' | 'repeated' | 'ignored' }
  | { readonly kind: 'challenge'; readonly answer: JsonObject }

/**
 * Takes in a request at the address of a connection: checks its signature, and keeps what it says once, with the job that
 * works it, before the sender is told that it arrived. Nothing of a forged or stale request is kept. Throws
 * `triggers.address_unknown`, `triggers.signature_invalid`, `triggers.connection_disabled` and
 * `connectors.inbound_unreadable`.
 */
export async function receive(
  parts: ReceiveParts,
  { token, request }: { readonly token: string; readonly request: InboundRequest },
): Promise<Received> {
  const received = await take(parts, { token, request }).catch((error: unknown) => {
    parts.metrics.webhookDeliveries.inc({ outcome: error instanceof NeonHubError ? 'refused' : 'failed' })
    throw error
  })
  parts.metrics.webhookDeliveries.inc({ outcome: received.kind })
  return received
}

async function take(
  { database, queue, clock, masterKey, mockConnectors }: ReceiveParts,
  { token, request }: { readonly token: string; readonly request: InboundRequest },
): Promise<Received> {
  const place = readInboundToken(masterKey, token)
  if (!place) throw addressUnknown()
  const { organizationId, connectionId } = place
  const inbound = await openInbound({ database, masterKey, mockConnectors }, organizationId, {
    connectionId,
    sandboxCredentials: { signingSecrets: [sandboxSecret(masterKey, place)] },
  })
  if (!inbound) throw addressUnknown()
  const read = readInbound(inbound.connector, { request, credentials: inbound.credentials, now: clock.now() })
  if (read.verdict !== 'genuine') throw signatureInvalid(read.verdict)
  // Said only to who has proved to be the provider.
  if (inbound.isDisabled) {
    throw new NeonHubError('triggers.connection_disabled', 'The connection is switched off', { kind: 'conflict' })
  }
  const { message, trigger } = read
  if (message.kind !== 'event') return message
  const delivery = {
    id: newId<'delivery'>(),
    connectionId,
    trigger,
    eventId: message.id,
    eventType: message.type,
    occurredAt: message.occurredAt,
    data: message.data,
  }
  const jobId = await withTenant(database, organizationId, async (tx) =>
    (await insertDelivery(tx, delivery))
      ? addJob(tx, { queue: 'webhook.in', payload: { deliveryId: delivery.id } })
      : undefined,
  )
  if (!jobId) return { kind: 'repeated' }
  await queue.dispatch(organizationId, jobId, 'webhook.in')
  return { kind: 'stored' }
}

/** The same for what was never made here, for what is gone, and for what takes no events. */
const addressUnknown = () =>
  new NeonHubError('triggers.address_unknown', 'Nothing takes events at this address', { kind: 'not_found' })

const signatureInvalid = (verdict: 'forged' | 'stale') =>
  new NeonHubError(
    'triggers.signature_invalid',
    verdict === 'stale' ? 'The signature is too old to count' : 'The signature does not hold',
    {
      kind: 'unauthenticated',
      hint:
        verdict === 'stale'
          ? 'Sign each attempt anew, with the time of the attempt, and look at the clocks.'
          : 'Enter the sender’s signing secret at the connection: neonhub connections update ID --file FILE',
    },
  )
