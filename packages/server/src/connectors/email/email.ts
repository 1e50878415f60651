import { action, defineConnector } from '../define-connector.ts'
import { googleMailOAuth } from './google-mail-oauth.ts'
import { previewEmail } from './preview-email.ts'
import { sandboxSendEmail } from './sandbox-email.ts'
import { EmailCredentials, EmailSettings, SendEmailInput, SendEmailOutput } from './schemas.ts'
import { sendEmail } from './send-email.ts'
import { checkSmtp } from './smtp-session.ts'

/** Mail through any SMTP server, signed with DKIM where a key is given. */
export const email = defineConnector({
  id: 'email',
  name: 'Email (SMTP)',
  description: 'Sends mail through an SMTP server of your choice.',
  settings: EmailSettings,
  sandboxSettings: { host: 'smtp.example', port: 587, from: { name: 'Sandbox', address: 'hello@sandbox.example' } },
  credentials: EmailCredentials,
  oauth: googleMailOAuth,
  actions: {
    send: action({
      // SMTP has no way to ask what became of a message. Its Message-ID is fixed all the same: recipients' mail stores
      // can tell a copy by it, and a search of the sent folder over IMAP would make this a `lookup`.
      effect: 'once',
      description: 'Send one email message to one or more addresses.',
      input: SendEmailInput,
      output: SendEmailOutput,
      recipients: (input) => input.to,
      toPeople: { channel: 'email', reached: ({ accepted }) => accepted },
      preview: previewEmail,
      run: sendEmail,
      sandbox: sandboxSendEmail,
      simulate: ({ to }) => ({ messageId: 'simulated@dry-run.invalid', accepted: to, rejected: [] }),
    }),
  },
  check: checkSmtp,
})
