import { z } from 'zod'
import { endpointUrl, headerName, headerText } from '../_lib/schemas.ts'
import type { ConnectorCall, SandboxCall } from '../spec.ts'

/** Headers that the delivery sets itself, that fetch owns, or whose values are secrets and so no settings. */
const reservedHeader = /^(webhook-.*|content-.*|host|connection|transfer-encoding|user-agent|authorization|cookie)$/i

export const WebhookSettings = z.strictObject({
  /** Where events are sent; absent on a connection that only takes them in. */
  url: endpointUrl.optional(),
  headers: z
    .record(
      headerName.refine((name) => !reservedHeader.test(name), 'is set by NeonHub, or is a secret'),
      headerText,
    )
    .default({}),
})

const secretForm = /^whsec_[A-Za-z0-9+/]+={0,2}$/

/** Standard Webhooks asks for 24 to 64 random bytes. */
const WebhookSecret = z.string().refine((secret) => {
  const { length } = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return secretForm.test(secret) && length >= 24 && length <= 64
}, 'must be whsec_ and 24 to 64 bytes in base64')

export const WebhookCredentials = z.strictObject({
  /** What sent events are signed with; absent on a connection that only takes them in. */
  secret: WebhookSecret.optional(),
  /** What senders sign with: any of them counts, so that one can be changed without a gap. */
  signingSecrets: z.array(WebhookSecret).min(1).max(5).optional(),
  /** The whole value of an `Authorization` header, for receivers that want one beside the signature. */
  authorization: headerText.optional(),
})

export const DeliverInput = z.strictObject({
  type: z
    .string()
    .max(128)
    .regex(/^\w+(\.\w+)*$/, 'must be words joined by dots, such as campaign.launched')
    .describe('What happened, as words joined by dots: campaign.launched'),
  data: z.record(z.string(), z.json()).describe('The facts of the event'),
  scheduledAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When the event happens or happened; the time of the call where absent'),
})

export const DeliverOutput = z.object({
  /** The status with which the receiver took the event: 200 to 299. */
  status: z.int().min(200).max(299),
  /** The first 64 KiB of its answer. Text from outside. */
  body: z.string(),
})

export type WebhookSettings = z.output<typeof WebhookSettings>
export type WebhookCredentials = z.output<typeof WebhookCredentials>
export type WebhookCall = ConnectorCall<WebhookSettings, z.output<typeof WebhookCredentials>>
export type WebhookSandboxCall = SandboxCall<WebhookSettings>
export type DeliverInput = z.output<typeof DeliverInput>
export type DeliverOutput = z.output<typeof DeliverOutput>
