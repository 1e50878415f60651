import { fetchError } from '../_lib/fetch-error.ts'
import { retryAfterMs } from '../../base/retry-after.ts'
import { readUpTo } from '../../base/read-up-to.ts'
import type { DeliverInput, DeliverOutput, WebhookCall } from './schemas.ts'
import { signWebhook } from '../../base/sign-webhook.ts'
import { webhookBody } from './webhook-body.ts'
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

/** Posts one signed event. The receiver knows a second delivery by `webhook-id`, which is the idempotency key. */
export async function deliverWebhook(call: WebhookCall, input: DeliverInput): Promise<DeliverOutput> {
  const { settings, credentials, signal, clock } = call
  const body = webhookBody(call, input)
  const headers = {
    ...settings.headers,
    ...(credentials.authorization === undefined ? {} : { authorization: credentials.authorization }),
    'content-type': 'application/json',
    'user-agent': 'NeonHub',
    ...signWebhook({ id: call.idempotencyKey, sentAt: clock.now(), body, secrets: [credentials.secret] }),
  }
  const request = { method: 'POST', headers, body, signal, redirect: 'manual' } as const
  const response = await call.fetch(settings.url, request).catch((error: unknown) => {
    throw fetchError(error, { provider: 'The webhook receiver', signal })
  })
  if (response.ok) return { status: response.status, body: await readAnswer(response) }
  await response.body?.cancel()
  throw webhookRefusal(response.status, retryAfterMs(response.headers.get('retry-after'), clock.now()))
}
