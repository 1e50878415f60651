import { expect, test } from 'vitest'
import { withCallJournal } from '../base/call-journal.ts'
import { systemClock } from '../base/clock.ts'
import { parseConfig } from '../base/config.ts'
import { newId } from '../base/ids.ts'
import { createLlm } from './index.ts'

test('an own key goes to the provider itself, never to the address that the installation has set, and into no error', async () => {
  const asked: { readonly url: string; readonly key: string | null }[] = []
  const refuse: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const key = request.headers.get('authorization')
    asked.push({ url: request.url, key })
    return Response.json({ error: { message: `Incorrect API key provided: ${key}` } }, { status: 401 })
  }
  const config = parseConfig({ OPENAI_API_KEY: 'sk-installation', OPENAI_BASE_URL: 'https://proxy.example/v1' }).llm
  const llm = createLlm({ config, clock: systemClock, fetch: refuse })
  const own = {
    id: newId(),
    provider: 'openai' as const,
    apiKey: 'sk-own-key',
    baseUrl: undefined,
    defaultModel: undefined,
  }
  const ends: unknown[] = []
  const ask = (endpoints: readonly (typeof own)[]) =>
    withCallJournal(
      {
        organizationId: newId(),
        beginLlmCall: async () => newId(),
        endLlmCall: async (_id, end) => void ends.push(end),
        findModels: async () => ({ endpoints, prices: [], failingProviders: [], fetch: refuse }),
      },
      () => llm.generateText({ prompt: { task: 'Say hello' } }),
    )
  const failure: unknown = await ask([own]).catch((error: unknown) => error)
  await expect(ask([])).rejects.toMatchObject({ code: expect.stringMatching(/^llm\./) })
  expect(asked.map(({ url, key }) => [new URL(url).host, key])).toEqual([
    ['api.openai.com', 'Bearer sk-own-key'],
    ['proxy.example', 'Bearer sk-installation'],
  ])
  expect(`${String(failure)} ${JSON.stringify(ends)}`).not.toMatch(/sk-own-key|sk-installation/)
})
