import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { parseConfig } from '../base/config.ts'
import { createLlm } from './index.ts'

const open = (environment: Record<string, string>) =>
  createLlm({ config: parseConfig(environment).llm, clock: systemClock })

test('the default is the configured model, else the first provider with a key, else the sandbox', () => {
  expect(open({}).defaultModel).toBe('sandbox:composer')
  expect(open({ GOOGLE_GENERATIVE_AI_API_KEY: 'k' }).defaultModel).toBe('google:gemini-3.8-flash')
  expect(open({ GOOGLE_GENERATIVE_AI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }).defaultModel).toBe(
    'anthropic:claude-sonnet-5-5',
  )
  expect(open({ ANTHROPIC_API_KEY: 'k', NEONHUB_MODEL: 'sandbox:composer' }).defaultModel).toBe('sandbox:composer')
})

test('a server of one’s own without a model’s name is refused, unless it serves vectors alone', () => {
  const own = { OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:11434/v1' }
  expect(() => open(own)).toThrow(expect.objectContaining({ code: 'llm.model_unnamed' }))
  expect(open({ ...own, NEONHUB_MODEL: 'compatible:llama3.3:70b' }).defaultModel).toBe('compatible:llama3.3:70b')
  expect(open({ ...own, ANTHROPIC_API_KEY: 'k' }).defaultModel).toBe('anthropic:claude-sonnet-5-5')
  expect(open({ ...own, NEONHUB_EMBEDDING_MODEL: 'compatible:nomic-embed-text' }).defaultModel).toBe('sandbox:composer')
})

test.each([
  ['openai:gpt-6.1-sol', 'OPENAI_API_KEY'],
  ['anthropic:claude-sonnet-5-5', 'ANTHROPIC_API_KEY'],
  ['google:gemini-3.8-flash', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  ['compatible:llama3.3', 'OPENAI_COMPATIBLE_BASE_URL'],
])('a model of a provider that is not configured names the variable: %s', (model, variable) => {
  expect(() => open({ NEONHUB_MODEL: model })).toThrow(
    expect.objectContaining({ code: 'llm.provider_not_configured', message: expect.stringContaining(variable) }),
  )
  expect(() => open({}).languageModel(model)).toThrow(variable)
})

test('a provider that does not exist is named, and so is a reference that is none', () => {
  expect(() => open({ NEONHUB_MODEL: 'acme:one' })).toThrow(
    expect.objectContaining({ code: 'llm.provider_unknown', message: expect.stringContaining('acme') }),
  )
  expect(() => open({ NEONHUB_MODEL: 'toString:one' })).toThrow('toString')
  expect(() => open({ NEONHUB_MODEL: 'gpt-6.1-sol' })).toThrow(expect.objectContaining({ code: 'llm.model_unknown' }))
  expect(() => open({ NEONHUB_MODEL: 'sandbox:other' })).toThrow('other')
})

test('a wrong embedding model shows at the start', () => {
  expect(() => open({ NEONHUB_EMBEDDING_MODEL: 'anthropic:x', ANTHROPIC_API_KEY: 'k' })).toThrow(
    expect.objectContaining({ code: 'llm.embeddings_unsupported' }),
  )
  expect(() => open({ NEONHUB_EMBEDDING_MODEL: 'openai:text-embedding-3-small' })).toThrow('OPENAI_API_KEY')
  expect(() => open({ NEONHUB_EMBEDDING_MODEL: 'energetic:other' })).toThrow('other')
})
