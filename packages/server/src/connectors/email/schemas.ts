import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { emailAddress, headerText } from '../_lib/schemas.ts'
import type { ConnectorCall, SandboxCall } from '../spec.ts'

const Sender = z.strictObject({ name: headerText.max(200).default(''), address: emailAddress })

const hostName = z
  .string()
  .max(253)
  .regex(/^[\w.:[\]-]+$/, 'must be a host name or an address')

export const EmailSettings = z.strictObject({
  host: hostName,
  port: z.int().min(1).max(65_535),
  /** `tls` from the first byte (port 465), `starttls` or nothing (587), `none` in the clear (a relay of one's own). */
  security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
  /** Whom mail comes from, unless a message names another address of the same domain. */
  from: Sender,
})

/** nodemailer sends unsigned, without a word, where it cannot sign with the key; so the key is tried here. */
function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

export const EmailCredentials = z
  .strictObject({
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    /** In the place of a password: signs in with XOAUTH2. Connecting by consent writes it and keeps it fresh. */
    accessToken: z.string().min(1).optional(),
    dkim: z
      .strictObject({
        domainName: hostName,
        keySelector: z.string().regex(/^[\w.-]+$/, 'must be a DNS label'),
        privateKey: z.string().refine(isRsaKey, 'must be an RSA private key in PEM'),
      })
      .optional(),
  })
  .refine(
    ({ username, password, accessToken }) => (username === undefined) === ((password ?? accessToken) === undefined),
    {
      message: 'or an access token is needed beside a user name, and the other way round',
      path: ['password'],
    },
  )
  .refine(({ password, accessToken }) => password === undefined || accessToken === undefined, {
    message: 'stands in the place of a password, not beside it',
    path: ['accessToken'],
  })

/**
 * Headers that say nothing about whom a message reaches or whom it is from. `X-` headers are not among them: relays
 * take orders there (SendGrid's `X-SMTPAPI` replaces the recipients).
 */
const freeHeader = z.enum([
  'Auto-Submitted',
  'Feedback-ID',
  'Importance',
  'In-Reply-To',
  'List-Id',
  'Precedence',
  'References',
])

export const SendEmailInput = z.strictObject({
  to: z
    .union([emailAddress.transform((address) => [address]), z.array(emailAddress).min(1).max(1000)])
    .describe('One address or several; all of them see each other'),
  subject: headerText.min(1),
  text: z.string().min(1).describe('The message as plain text'),
  html: z.string().min(1).optional().describe('The same message as HTML'),
  from: Sender.optional().describe('Another sender at the domain of the connection'),
  replyTo: emailAddress.optional(),
  unsubscribeUrl: z
    .url({ protocol: /^https$/ })
    .max(2048)
    .optional()
    .describe('Where one click unsubscribes this person (RFC 8058); marketing mail needs it'),
  headers: z.partialRecord(freeHeader, headerText).optional(),
})

export const SendEmailOutput = z.object({
  /** Without angle brackets; the same for every attempt of an execution. */
  messageId: z.string(),
  /** Addresses for which the server took the message. Taken is not yet delivered: a bounce may follow. */
  accepted: z.array(z.string()),
  /** Addresses that the server refused, each with its reply, while it took the message for the others. */
  rejected: z.array(z.object({ address: z.string(), status: z.int(), reply: z.string() })),
})

export type EmailSettings = z.output<typeof EmailSettings>
export type EmailCredentials = z.output<typeof EmailCredentials>
export type EmailCall = ConnectorCall<EmailSettings, EmailCredentials>
export type EmailSandboxCall = SandboxCall<EmailSettings>
export type SendEmailInput = z.output<typeof SendEmailInput>
export type SendEmailOutput = z.output<typeof SendEmailOutput>
export type RejectedRecipient = SendEmailOutput['rejected'][number]
