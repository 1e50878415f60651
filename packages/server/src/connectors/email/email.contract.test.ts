import { describeConnectorContract } from '../../../test/connector-contract.ts'
import { createMemorySandboxStore } from '../../../test/memory-sandbox-store.ts'
import { startSmtpReceiver } from '../../../test/smtp-receiver.ts'

const message = { to: 'ada@customer.example', subject: 'Spring', text: 'It is here.' }
const invalid = [
  { input: { ...message, to: 'nobody' }, path: 'to' },
  { input: { ...message, subject: 'Spring\r\nBcc: eve@evil.example' }, path: 'subject' },
  { input: { ...message, to: ['ada@customer.example\r\nBcc: eve@evil.example'] }, path: 'to[0]' },
  { input: { ...message, unsubscribeUrl: 'http://brand.example/u' }, path: 'unsubscribeUrl' },
]

describeConnectorContract('email', {
  mode: 'sandbox',
  open: async () => {
    const store = createMemorySandboxStore()
    const effects = async (key: string) => ((await store.find('outbox', key)) ? 1 : 0)
    const refused = { input: { ...message, to: 'ada@bounce.example' }, code: 'connectors.email_recipients_refused' }
    return {
      settings: {},
      credentials: undefined,
      store,
      actions: { send: { input: () => message, invalid, refused, effects } },
    }
  },
})

describeConnectorContract('email', {
  mode: 'real',
  open: async () => {
    const server = await startSmtpReceiver()
    const effects = async (key: string) =>
      server.mails.filter(({ parsed }) => parsed.messageId === `<${key}@brand.example>`).length
    const refused = {
      input: { ...message, to: 'refused@customer.example' },
      code: 'connectors.email_recipients_refused',
    }
    return {
      settings: { host: '127.0.0.1', port: server.port, security: 'none', from: { address: 'hello@brand.example' } },
      credentials: {},
      actions: { send: { input: () => message, invalid, refused, effects } },
      close: server.close,
    }
  },
})
