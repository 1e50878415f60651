import { createEmulator } from 'emulate'
import { z } from 'zod'
import { describeConnectorContract } from '../../../test/connector-contract.ts'
import { createMemorySandboxStore } from '../../../test/memory-sandbox-store.ts'

const invalidMessages = (message: object) => [
  { input: { ...message, text: '' }, path: 'text' },
  { input: { ...message, text: 'x'.repeat(40_001) }, path: 'text' },
  { input: { ...message, channel: 'two words' }, path: 'channel' },
]

describeConnectorContract('slack', {
  mode: 'sandbox',
  open: async () => {
    const store = createMemorySandboxStore()
    const ts = '1600000000.000100'
    const channel = 'C0SANDBOX01'
    await store.putOnce('messages', ts, { channel, ts, text: 'Before', idempotencyKey: 'earlier' })
    const post = { channel: '#marketing', text: 'Spring is here.' }
    const update = { channel, ts, text: 'After' }
    const count = (collection: string) => async (key: string) =>
      (await store.list(collection)).filter(({ idempotencyKey }) => idempotencyKey === key).length
    const refusedPost = { input: { ...post, channel: '#nowhere' }, code: 'connectors.slack_channel_not_found' }
    const refusedUpdate = { input: { ...update, ts: '1.000001' }, code: 'connectors.slack_message_not_found' }
    return {
      settings: {},
      credentials: undefined,
      store,
      actions: {
        postMessage: {
          input: () => post,
          invalid: invalidMessages(post),
          refused: refusedPost,
          effects: count('messages'),
        },
        updateMessage: {
          input: (key) => ({ ...update, text: `After ${key}` }),
          invalid: invalidMessages(update),
          refused: refusedUpdate,
          effects: async (key) => ((await store.find('updates', key))?.['text'] === `After ${key}` ? 1 : 0),
        },
        listChannels: { input: () => ({}), invalid: [{ input: { limit: 0 }, path: 'limit' }] },
      },
    }
  },
})

const Messages = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      text: z.string(),
      metadata: z.object({ event_payload: z.object({ idempotency_key: z.string() }) }).optional(),
    }),
  ),
})

// The emulator keeps message metadata and gives it back in conversations.history, so the lookup runs against it too.
describeConnectorContract('slack', {
  mode: 'real',
  open: async () => {
    const botToken = 'xoxb-neonhub-test'
    const emulator = await createEmulator({
      service: 'slack',
      port: 0,
      seed: { slack: { channels: [{ name: 'marketing' }], tokens: [{ token: botToken, user: 'admin' }] } },
    })
    const ask = async (method: string, body: object): Promise<unknown> => {
      const headers = { authorization: `Bearer ${botToken}`, 'content-type': 'application/json' }
      const response = await fetch(`${emulator.url}/api/${method}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      return response.json()
    }
    const posted = await ask('chat.postMessage', { channel: 'general', text: 'Before' })
    const { channel, ts } = z.object({ channel: z.string(), ts: z.string() }).parse(posted)
    const history = async () => Messages.parse(await ask('conversations.history', { channel, limit: 1000 })).messages
    const post = { channel, text: 'Spring is here.' }
    const update = { channel, ts, text: 'After' }
    return {
      settings: { apiUrl: `${emulator.url}/api/` },
      credentials: { botToken },
      actions: {
        postMessage: {
          input: () => post,
          invalid: invalidMessages(post),
          refused: { input: { ...post, channel: 'nowhere' }, code: 'connectors.slack_channel_not_found' },
          effects: async (key) =>
            (await history()).filter(({ metadata }) => metadata?.event_payload.idempotency_key === key).length,
        },
        updateMessage: {
          input: (key) => ({ ...update, text: `After ${key}` }),
          invalid: invalidMessages(update),
          refused: { input: { ...update, ts: '1.000001' }, code: 'connectors.slack_message_not_found' },
          // An update has no key at Slack: what counts is that the message has the new text, once.
          effects: async (key) =>
            (await history()).filter((message) => message.ts === ts && message.text === `After ${key}`).length,
        },
        listChannels: { input: () => ({}), invalid: [{ input: { limit: 0 }, path: 'limit' }] },
      },
      close: () => emulator.close(),
    }
  },
})
