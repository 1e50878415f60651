import { action, defineConnector, webhook as trigger } from '../define-connector.ts'
import { deliverWebhook } from './deliver-webhook.ts'
import { sandboxDeliver } from './sandbox-webhook.ts'
import { DeliverInput, DeliverOutput, WebhookCredentials, WebhookSettings } from './schemas.ts'
import { parseStandardWebhook } from './parse-standard-webhook.ts'
import { verifyStandardWebhook } from './verify-standard-webhook.ts'

/** Signed events to any receiver that speaks Standard Webhooks. */
export const webhook = defineConnector({
  id: 'webhook',
  name: 'Webhook',
  description: 'Sends signed events (Standard Webhooks) to an address of your own, and takes them in.',
  settings: WebhookSettings,
  sandboxSettings: { url: 'https://receiver.example/events' },
  credentials: WebhookCredentials,
  actions: {
    deliver: action({
      // The receiver drops a second event with the same `webhook-id`, as Standard Webhooks asks of it.
      effect: 'idempotent',
      description: 'Send one event with a JSON object to the webhook receiver of this connection.',
      input: DeliverInput,
      output: DeliverOutput,
      recipients: (_input, settings) => [settings.url ?? []].flat(),
      preview: ({ type, data, scheduledAt }, settings) => ({
        title: `Send ${type} to ${settings.url === undefined ? 'no address' : new URL(settings.url).host}`,
        recipients: [settings.url ?? []].flat(),
        body: JSON.stringify({ type, ...(scheduledAt === undefined ? {} : { timestamp: scheduledAt }), data }, null, 2),
      }),
      answersInWords: ({ body }) => body.trim() !== '',
      run: deliverWebhook,
      sandbox: sandboxDeliver,
      simulate: () => ({ status: 200, body: 'Simulated by a dry run: nothing was sent.' }),
    }),
  },
  triggers: {
    event: trigger({
      description: 'Events of any sender that signs by Standard Webhooks.',
      verify: verifyStandardWebhook,
      parse: parseStandardWebhook,
    }),
  },
  /** There is no other way to ask than to send: the receiver sees one event of this type. */
  check: async (call) => {
    if (call.settings.url === undefined) return
    await deliverWebhook(call, { type: 'neonhub.connection_checked', data: {} })
  },
})
