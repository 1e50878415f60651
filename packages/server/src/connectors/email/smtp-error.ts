import type { SMTPError } from 'nodemailer/lib/smtp-connection'
import { ConnectorError } from '../spec.ts'
import type { RejectedRecipient } from './schemas.ts'

/** RFC 5321, section 4.2.1: 4yz may succeed later, 5yz will not; after either the server keeps nothing of the message. */
const isTransient = (status: number) => status >= 400 && status < 500

/** The handshake failed: nodemailer's own code, or that of OpenSSL and of the certificate check beneath it. */
const isTlsFailure = ({ code, originalCode = '' }: SMTPError) =>
  code === 'ETLS' || /^(CERT_|DEPTH_ZERO_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/.test(originalCode)

/** The server took the message for nobody. Retryable where one of the refusals was for now. */
export function recipientsRefused(rejected: readonly RejectedRecipient[]): ConnectorError {
  const replies = rejected.map(({ address, reply }) => `${address}: ${reply}`).join('; ')
  return new ConnectorError('connectors.email_recipients_refused', `No recipient was accepted (${replies})`, {
    kind: 'refused',
    effect: 'none',
    retryable: rejected.some(({ status }) => isTransient(status)),
    hint: 'Check the addresses; the reply of the mail server says what it minds.',
  })
}

/** The refusals that nodemailer collected on RCPT TO. */
export function rejectedRecipients(errors: readonly SMTPError[] = []): RejectedRecipient[] {
  return errors.map(({ recipient, responseCode, response }) => ({
    address: recipient ?? '',
    status: responseCode ?? 0,
    reply: response ?? '',
  }))
}

/**
 * What a failed SMTP session means. A reply settles the matter: the server refused, and nothing was sent. A session that
 * broke off settles nothing once `messageStarted`, that is from the first byte after the server's 354.
 */
export function smtpError(error: SMTPError, { messageStarted }: { messageStarted: boolean }): ConnectorError {
  const status = error.responseCode ?? 0
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    return new ConnectorError(
      'connectors.email_sign_in_failed',
      `The mail server refused the sign-in (${error.message})`,
      {
        kind: 'refused',
        effect: 'none',
        retryable: isTransient(status),
        hint: 'Check the user name and the password; many providers want a password made for applications.',
        cause: error,
      },
    )
  }
  if (isTlsFailure(error)) {
    return new ConnectorError(
      'connectors.email_tls_failed',
      `No encrypted session could be opened (${error.message})`,
      {
        kind: 'unavailable',
        effect: messageStarted ? 'unknown' : 'none',
        hint: 'Check the port, the security setting (465 is tls, 587 is starttls) and the certificate of the server.',
        cause: error,
      },
    )
  }
  if (error.rejectedErrors?.length) return recipientsRefused(rejectedRecipients(error.rejectedErrors))
  if (status >= 400) {
    return new ConnectorError('connectors.email_refused', `The mail server refused (${error.message})`, {
      kind: 'refused',
      effect: 'none',
      retryable: isTransient(status),
      cause: error,
    })
  }
  const what = messageStarted ? 'was lost while the message was sent' : 'failed before the message was sent'
  return new ConnectorError('connectors.email_connection_failed', `The connection ${what} (${error.message})`, {
    kind: 'unavailable',
    effect: messageStarted ? 'unknown' : 'none',
    retryable: !messageStarted,
    cause: error,
  })
}
