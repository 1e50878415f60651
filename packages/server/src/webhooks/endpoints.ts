import { randomBytes } from 'node:crypto'
import { newId, type WebhookEndpointId, type WebhookMessageId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { seal, vaultKeyVersion } from '../base/vault.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { writeMessages } from './announce.ts'
import type { SetEndpoint, WebhookEndpoint } from './spec.ts'
import { findEndpoint, insertEndpoint, updateEndpoint } from './sql/endpoints.ts'
import { findMessage, renewMessage } from './sql/messages.ts'
import { insertSecret } from './sql/secrets.ts'

/** Each event writes a row for each of them, in the transaction of its cause. */
const mostEndpoints = 50

/**
 * Adds an endpoint and returns it with its secret, which is shown this once. The address must have been checked by the
 * address guard. Throws `webhooks.too_many_endpoints`.
 */
export async function addEndpoint(
  tx: TenantTx,
  masterKey: Uint8Array,
  endpoint: SetEndpoint & { readonly createdBy: string },
): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
  await assertRoom(tx)
  const id: WebhookEndpointId = newId()
  await insertEndpoint(tx, { ...endpoint, id })
  const secret = await renewSecret(tx, masterKey, { id, overlapMs: 0 })
  return { endpoint: await getEndpoint(tx, id), secret }
}

async function assertRoom(tx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`webhook_endpoints/${tx.organizationId}`}, 0))`.execute(tx)
  const { count } = await tx
    .selectFrom('webhook_endpoints')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('organization_id', '=', tx.organizationId)
    .executeTakeFirstOrThrow()
  if (Number(count) < mostEndpoints) return
  throw new NeonHubError('webhooks.too_many_endpoints', `There are ${mostEndpoints} endpoints already`, {
    kind: 'conflict',
    hint: 'Remove one that is not needed any more: neonhub webhooks endpoints remove ID',
  })
}

/** Throws `webhooks.endpoint_not_found`, for a foreign id as for an absent one. */
export async function getEndpoint(tx: TenantTx, id: WebhookEndpointId): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(tx, id)
  if (endpoint) return endpoint
  throw new NeonHubError('webhooks.endpoint_not_found', 'There is no such endpoint', {
    kind: 'not_found',
    hint: 'neonhub webhooks endpoints lists them.',
  })
}

/** Sets an endpoint anew, or switches it off (with a reason) and on. Throws `webhooks.endpoint_not_found`. */
export async function changeEndpoint(
  tx: TenantTx,
  id: WebhookEndpointId,
  change: SetEndpoint | { readonly disabledReason: string | undefined },
): Promise<WebhookEndpoint> {
  await updateEndpoint(tx, id, change)
  return getEndpoint(tx, id)
}

/** Makes a new secret; the one before signs beside it for `overlapMs`. Throws `webhooks.endpoint_not_found`. */
export async function rotateSecret(
  tx: TenantTx,
  masterKey: Uint8Array,
  { id, overlapMs }: { readonly id: WebhookEndpointId; readonly overlapMs: number },
): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
  await getEndpoint(tx, id)
  const secret = await renewSecret(tx, masterKey, { id, overlapMs })
  return { endpoint: await getEndpoint(tx, id), secret }
}

async function renewSecret(
  tx: TenantTx,
  masterKey: Uint8Array,
  { id, overlapMs }: { readonly id: WebhookEndpointId; readonly overlapMs: number },
): Promise<string> {
  // Standard Webhooks asks for 24 to 64 random bytes.
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const secretId = newId<'webhook_secret'>()
  const sealed = seal(masterKey, { organizationId: tx.organizationId, credentialId: secretId }, { secret })
  await insertSecret(tx, { endpointId: id, secret: { id: secretId, sealed }, keyVersion: vaultKeyVersion, overlapMs })
  return secret
}

/**
 * Writes the event `webhook.test` for one endpoint, whatever it listens to. Throws `webhooks.endpoint_not_found` and
 * `webhooks.endpoint_disabled`.
 */
export async function testEndpoint(
  tx: TenantTx,
  { id, requestedBy }: { readonly id: WebhookEndpointId; readonly requestedBy: string },
): Promise<WebhookMessageId | undefined> {
  assertEnabled(await getEndpoint(tx, id))
  const data = { endpointId: id, requestedBy }
  const [messageId] = await writeMessages(tx, { endpointIds: [id], type: 'webhook.test', data })
  return messageId
}

/**
 * Has a message sent again that is over. Throws `webhooks.message_not_found`, `webhooks.message_under_way` and
 * `webhooks.endpoint_disabled`. Returns where it goes.
 */
export async function redeliver(tx: TenantTx, id: WebhookMessageId): Promise<WebhookEndpointId> {
  const message = await findMessage(tx, id)
  if (!message) {
    throw new NeonHubError('webhooks.message_not_found', 'There is no such message', {
      kind: 'not_found',
      hint: 'neonhub webhooks messages lists them.',
    })
  }
  assertEnabled(await getEndpoint(tx, message.endpointId))
  if (await renewMessage(tx, id)) return message.endpointId
  throw new NeonHubError('webhooks.message_under_way', 'The message is not over: it is being tried', {
    kind: 'conflict',
    hint: `neonhub webhooks attempts ${id} shows when it is tried next.`,
  })
}

function assertEnabled({ id, disabledReason }: WebhookEndpoint): void {
  if (disabledReason === undefined) return
  throw new NeonHubError('webhooks.endpoint_disabled', `The endpoint is disabled: ${disabledReason}`, {
    kind: 'conflict',
    hint: `Let it be sent to again: neonhub webhooks endpoints enable ${id}`,
  })
}
