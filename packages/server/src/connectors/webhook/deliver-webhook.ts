import { fetchError } from '../_lib/fetch-error.ts'
import { retryAfterMs } from '../../base/retry-after.ts'
import { readUpTo } from '../../base/read-up-to.ts'
import type { DeliverInput, DeliverOutput, WebhookCall } from './schemas.ts'
import { signWebhook } from '../../base/sign-webhook.ts'
import { webhookBody } from './webhook-body.ts'
import { ConnectorError } from '../spec.ts'
import { webhookRefusal } from './webhook-refusal.ts'

const maxAnswerBytes = 64 * 1024

/** The answer of a 2xx. The status has settled the delivery, so an answer that breaks off undoes nothing. */
async function readAnswer(response: Response): Promise<string> {
  try {
    return await readUpTo(response, maxAnswerBytes)
  } catch {
    return ''
  }
}

function wayOut(url: string | undefined, secret: string | undefined) {
  if (url !== undefined && secret !== undefined) return { url, secret }
  const missing = url === undefined ? 'address' : 'secret'
  throw new ConnectorError('connectors.webhook_inbound_only', `The connection has no ${missing} to send events with`, {
    kind: 'invalid',
    effect: 'none',
    hint: 'Give it settings.url and credentials.secret: neonhub connections update ID --file FILE',
  })
}

/** Posts one signed event. The receiver knows a second delivery by `webhook-id`, which is the idempotency key. */
export async function deliverWebhook(call: WebhookCall, input: DeliverInput): Promise<DeliverOutput> {
  const { settings, credentials, signal, clock } = call
  const { url, secret } = wayOut(settings.url, credentials.secret)
  const body = webhookBody(call, input)
  const headers = {
    ...settings.headers,
    ...(credentials.authorization === undefined ? {} : { authorization: credentials.authorization }),
    'content-type': 'application/json',
    'user-agent': 'NeonHub',
    ...signWebhook({ id: call.idempotencyKey, sentAt: clock.now(), body, secrets: [secret] }),
  }
  const request = { method: 'POST', headers, body, signal, redirect: 'manual' } as const
  const response = await call.fetch(url, request).catch((error: unknown) => {
    throw fetchError(error, { provider: 'The webhook receiver', signal })
  })
  if (response.ok) return { status: response.status, body: await readAnswer(response) }
  await response.body?.cancel()
  throw webhookRefusal(response.status, retryAfterMs(response.headers.get('retry-after'), clock.now()))
}
