import { composeEmail } from './compose-email.ts'
import type { EmailCall, SendEmailInput, SendEmailOutput } from './schemas.ts'
import { rejectedRecipients } from './smtp-error.ts'
import { sendBySmtp } from './smtp-session.ts'

/** Sends one message to all of its recipients in one SMTP session. */
export async function sendEmail(call: EmailCall, input: SendEmailInput): Promise<SendEmailOutput> {
  const email = await composeEmail(call, input)
  const { accepted, rejectedErrors } = await sendBySmtp(call, email)
  return { messageId: email.messageId, accepted, rejected: rejectedRecipients(rejectedErrors) }
}
