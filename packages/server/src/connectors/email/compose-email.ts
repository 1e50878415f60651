import { createTransport } from 'nodemailer'
import { ConnectorError } from '../spec.ts'
import type { EmailCall, SendEmailInput } from './schemas.ts'
import { messageIdOf, senderOf } from './sender-of.ts'

/**
 * What the DKIM signature covers: the fields of RFC 6376, section 5.4.1, that are written here, and both list headers.
 * RFC 8058, section 4, asks for a signature over List-Unsubscribe-Post too, which nodemailer's own list leaves out;
 * mailbox providers then show no one-click button.
 */
const signedHeaders = [
  'From',
  'Reply-To',
  'Subject',
  'Date',
  'Message-ID',
  'To',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'In-Reply-To',
  'References',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
].join(':')

/** A message as it goes over the wire. */
export interface ComposedEmail {
  readonly messageId: string
  readonly from: string
  readonly to: readonly string[]
  readonly bytes: Buffer
}

function listHeaders(unsubscribeUrl: string | undefined) {
  if (unsubscribeUrl === undefined) return []
  // `href` escapes `>`, with which a second address could be written behind the first.
  const value = `<${new URL(unsubscribeUrl).href}>`
  return [
    { key: 'List-Unsubscribe', value: { prepared: true, value } },
    { key: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
  ]
}

/** Writes and signs the message. Nothing leaves: the bytes are whole before a server is asked. */
export async function composeEmail(call: EmailCall, input: SendEmailInput): Promise<ComposedEmail> {
  const { settings, credentials, idempotencyKey, clock } = call
  const from = senderOf(settings, input)
  const messageId = messageIdOf(idempotencyKey, from)
  const composer = createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
    // Message parts are given as text; an agent's words never name a file or an address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(credentials.dkim === undefined ? {} : { dkim: { ...credentials.dkim, headerFieldNames: signedHeaders } }),
  })
  const { message } = await composer.sendMail({
    messageId: `<${messageId}>`,
    date: clock.now(),
    from,
    // As objects, so that no address is read as a list of them.
    to: input.to.map((address) => ({ name: '', address })),
    subject: input.subject,
    text: input.text,
    headers: [
      ...Object.entries(input.headers ?? {}).map(([key, value]) => ({ key, value })),
      ...listHeaders(input.unsubscribeUrl),
    ],
    ...(input.html === undefined ? {} : { html: input.html }),
    ...(input.replyTo === undefined ? {} : { replyTo: { name: '', address: input.replyTo } }),
  })
  if (Buffer.isBuffer(message)) return { messageId, from: from.address, to: input.to, bytes: message }
  throw new ConnectorError('connectors.email_not_composed', 'The message could not be written', {
    kind: 'internal',
    effect: 'none',
  })
}
