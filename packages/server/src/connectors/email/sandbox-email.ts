import type { EmailSandboxCall, RejectedRecipient, SendEmailInput, SendEmailOutput } from './schemas.ts'
import { domainOf, messageIdOf, senderOf } from './sender-of.ts'
import { recipientsRefused } from './smtp-error.ts'

/** What a server must take at least (RFC 5321, section 4.5.3.1.8), and what many take at most. */
const maxRecipients = 100

/** The sandbox's server: it knows everybody but two domains, and the names that RFC 2606 keeps from existing. */
function replyTo(address: string, position: number): RejectedRecipient | undefined {
  const domain = domainOf(address)
  if (domain === 'bounce.example' || domain === 'invalid' || domain.endsWith('.invalid')) {
    return { address, status: 550, reply: '550 5.1.1 No such user here' }
  }
  if (domain === 'defer.example') return { address, status: 451, reply: '451 4.7.1 Greylisted, try again later' }
  if (position >= maxRecipients) return { address, status: 452, reply: '452 4.5.3 Too many recipients' }
  return undefined
}

/** Keeps the message in the organization's outbox, once for each idempotency key, unless every recipient is refused. */
export async function sandboxSendEmail(call: EmailSandboxCall, input: SendEmailInput): Promise<SendEmailOutput> {
  const from = senderOf(call.settings, input)
  const messageId = messageIdOf(call.idempotencyKey, from)
  const rejected = input.to.flatMap((address, position) => replyTo(address, position) ?? [])
  const refused = new Set(rejected.map(({ address }) => address))
  const accepted = input.to.filter((address) => !refused.has(address))
  if (accepted.length === 0) throw recipientsRefused(rejected)
  const sentAt = call.clock.now().toISOString()
  const { headers = {}, ...message } = input
  await call.store.putOnce('outbox', call.idempotencyKey, { ...message, headers, from, messageId, accepted, sentAt })
  return { messageId, accepted, rejected }
}
