import { describeConnectorContract } from '../../../test/connector-contract.ts'
import { startHttpRecorder } from '../../../test/http-recorder.ts'
import { createMemorySandboxStore } from '../../../test/memory-sandbox-store.ts'

const event = { type: 'campaign.launched', data: { campaign: 'spring', reach: 1200 } }
const invalid = [
  { input: { ...event, type: 'campaign launched' }, path: 'type' },
  { input: { ...event, data: [1] }, path: 'data' },
  { input: { ...event, scheduledAt: 'tomorrow' }, path: 'scheduledAt' },
]
const refused = {
  input: { type: 'too.large', data: { text: 'x'.repeat(257 * 1024) } },
  code: 'connectors.webhook_too_large',
}

describeConnectorContract('webhook', {
  mode: 'sandbox',
  open: async () => {
    const store = createMemorySandboxStore()
    const effects = async (key: string) => ((await store.find('outbox', key)) ? 1 : 0)
    return {
      settings: {},
      credentials: undefined,
      store,
      actions: { deliver: { input: () => event, invalid, refused, effects } },
    }
  },
})

describeConnectorContract('webhook', {
  mode: 'real',
  open: async () => {
    const receiver = await startHttpRecorder(() => ({ status: 202, body: 'taken' }))
    // A receiver tells events apart by this header and by nothing else.
    const effects = async (key: string) =>
      new Set(receiver.requests.map(({ headers }) => headers['webhook-id']).filter((id) => id === key)).size
    return {
      settings: { url: `${receiver.url}/events` },
      credentials: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
      actions: { deliver: { input: () => event, invalid, refused, effects } },
      close: receiver.close,
    }
  },
})
