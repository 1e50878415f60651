import { ConnectorError } from '../spec.ts'
import type { EmailSettings, SendEmailInput } from './schemas.ts'

/** The part of an address behind its `@`, in lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/**
 * Whom a message is from. An agent may choose another mailbox of the connection's domain, not another domain: that would
 * be an impersonation, and neither DKIM nor DMARC would vouch for it. Throws `connectors.email_sender_refused`.
 */
export function senderOf(settings: EmailSettings, input: Pick<SendEmailInput, 'from'>): EmailSettings['from'] {
  const from = input.from ?? settings.from
  const domain = domainOf(settings.from.address)
  if (domainOf(from.address) === domain) return from
  throw new ConnectorError('connectors.email_sender_refused', `${from.address} is not an address at ${domain}`, {
    kind: 'invalid',
    effect: 'none',
    hint: `Send from an address at ${domain}, or connect an account of the other domain.`,
    issues: [{ path: 'from.address', message: `must be an address at ${domain}` }],
  })
}

/** The fixed Message-ID of an execution, without angle brackets: every attempt carries it, so mail stores see one mail. */
export function messageIdOf(idempotencyKey: string, sender: EmailSettings['from']): string {
  return `${idempotencyKey}@${domainOf(sender.address)}`
}
