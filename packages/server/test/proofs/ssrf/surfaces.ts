import type { AddressGuard } from '../../../src/base/address-guard.ts'
import { type CallJournal, withCallJournal } from '../../../src/base/call-journal.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import { newId } from '../../../src/base/ids.ts'
import { callAction, checkConnection } from '../../../src/connectors/index.ts'
import { fetchPage } from '../../../src/knowledge/sources/fetch-page.ts'
import { sendMessage } from '../../../src/webhooks/send-message.ts'
import { createLlm } from '../../../src/llm/index.ts'
import { createMemorySandboxStore } from '../../memory-sandbox-store.ts'

/** A place of the product where a person or a document names an address. Resolves where it was answered. */
export type Surface = (guard: Reach, url: string, signal: AbortSignal) => Promise<void>

export type Reach = Pick<AddressGuard, 'fetch' | 'resolveHost'>

const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock })
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const connection = (reach: Reach, signal: AbortSignal) => ({
  mode: 'real' as const,
  idempotencyKey: String(newId()),
  signal,
  clock: systemClock,
  fetch: reach.fetch,
  resolveHost: reach.resolveHost,
})

/** The surfaces by their names. */
export const surfaces: Readonly<Record<string, Surface>> = {
  fetch: async ({ fetch }, url, signal) => {
    await (await fetch(url, { signal })).text()
  },
  'site import': async ({ fetch }, url, signal) => {
    const page = await fetchPage(url, { fetch, signal, timeoutMs: 10_000, maxBytes: 1024, accept: 'text/html' })
    if (!page.ok) throw new Error(page.message)
  },
  'webhook connector': async (reach, url, signal) => {
    await callAction({
      ...connection(reach, signal),
      tool: 'webhook.deliver',
      settings: { url },
      credentials: { secret },
      input: { type: 'proof.ssrf', data: {} },
      store: createMemorySandboxStore(),
    })
  },
  'webhook endpoint': async ({ fetch }, url, signal) => {
    const { outcome } = await sendMessage(
      { fetch, clock: systemClock, timeoutMs: 10_000, signal },
      { id: String(newId()), url, body: '{}', secrets: [secret] },
    )
    if (outcome.statusCode === undefined) throw new Error(outcome.error)
  },
  'model account': async ({ fetch }, url, signal) => {
    const endpoint = { id: newId(), provider: 'compatible' as const, apiKey: 'sk-1', baseUrl: url, defaultModel: 'm' }
    const journal: CallJournal = {
      organizationId: newId(),
      beginLlmCall: async () => newId(),
      endLlmCall: async () => {},
      findModels: async () => ({ endpoints: [endpoint], prices: [], failingProviders: [], fetch }),
    }
    await withCallJournal(journal, () => llm.generateText({ prompt: { task: 'Say hello' }, signal }))
  },
  'slack api': async (reach, url, signal) =>
    checkConnection('slack', {
      ...connection(reach, signal),
      settings: { apiUrl: url },
      credentials: { botToken: 'xoxb-1-2-abc' },
    }),
  'mail server': async (reach, url, signal) => {
    const [, host = '', port = ''] = /^https?:\/\/(.*):(\d+)/.exec(url) ?? []
    const from = { address: 'proof@example.com' }
    await checkConnection('email', {
      ...connection(reach, signal),
      settings: { host: host.replace(/^\[|\]$/g, ''), port: Number(port), security: 'none', from },
      credentials: {},
    })
  },
}
