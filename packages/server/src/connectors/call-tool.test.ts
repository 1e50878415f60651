import { expect, test } from 'vitest'
import { z } from 'zod'
import { createMemorySandboxStore } from '../../test/memory-sandbox-store.ts'
import { openNetwork } from '../../test/open-network.ts'
import { systemClock } from '../base/clock.ts'
import { newId } from '../base/ids.ts'
import { callTool } from './call-tool.ts'
import { action, defineConnector } from './define-connector.ts'
import type { EffectClass } from './spec.ts'

const forever = () => new Promise<never>(() => {})

function toolThat(run: () => Promise<{ said: string }>, effect: Exclude<EffectClass, 'lookup'> = 'once') {
  const say = action({
    effect,
    description: 'Says it.',
    input: z.object({ text: z.string().default('nothing') }),
    output: z.object({ said: z.string().min(1) }),
    recipients: () => [],
    preview: () => ({ title: 'Say', recipients: [], body: '' }),
    run,
    sandbox: async (call: { settings: { greeting: string } }, { text }) => ({
      said: `${call.settings.greeting} ${text}`,
    }),
    simulate: () => ({ said: 'simulated' }),
  })
  const connector = defineConnector({
    id: 'echo',
    name: 'Echo',
    description: '',
    settings: z.strictObject({ greeting: z.string() }),
    sandboxSettings: { greeting: 'Hello' },
    credentials: z.object({ token: z.string() }),
    actions: { say },
    check: async () => {},
  })
  return { name: 'echo.say', connector, action: connector.actions['say'] ?? expect.fail() }
}

const call = (changes: object = {}) => ({
  mode: 'real' as const,
  settings: { greeting: 'Hi' },
  credentials: { token: 'secret' },
  input: {},
  idempotencyKey: String(newId()),
  signal: AbortSignal.timeout(10_000),
  ...openNetwork,
  clock: systemClock,
  store: createMemorySandboxStore(),
  ...changes,
})

test('an action that does not listen to its signal is left behind, with an unknown effect', async () => {
  const stopped = () => call({ signal: AbortSignal.timeout(20) })
  const unknown = { code: 'connectors.deadline', effect: 'unknown' }
  await expect(callTool(toolThat(forever), stopped())).rejects.toMatchObject(unknown)
  await expect(callTool(toolThat(forever, 'read'), stopped())).rejects.toMatchObject({ ...unknown, effect: 'none' })
})

test('an output that does not fit its schema is a failure after the effect', async () => {
  const failed = callTool(
    toolThat(async () => ({ said: '' })),
    call(),
  )
  const failure = { code: 'connectors.output_invalid', effect: 'unknown', issues: [{ path: 'said' }] }
  await expect(failed).rejects.toMatchObject(failure)
})

test('what nobody foresaw may have happened after the call had left', async () => {
  const failing = async () => {
    throw new TypeError('x is not a function')
  }
  const failure = { code: 'connectors.unexpected', kind: 'internal', effect: 'unknown' }
  await expect(callTool(toolThat(failing), call())).rejects.toMatchObject(failure)
  await expect(callTool(toolThat(failing, 'read'), call())).rejects.toMatchObject({ ...failure, effect: 'none' })
})

test('a sandbox connection works with no settings and no credentials, and its own settings hold', async () => {
  const sandbox = { mode: 'sandbox', credentials: undefined }
  const tool = toolThat(forever)
  expect(await callTool(tool, call({ ...sandbox, settings: undefined }))).toEqual({ said: 'Hello nothing' })
  expect(await callTool(tool, call(sandbox))).toEqual({ said: 'Hi nothing' })
})

test('settings and credentials are refused with the path of what is wrong', async () => {
  const settings = { code: 'connectors.settings_invalid', effect: 'none', issues: [{ path: 'greeting' }] }
  await expect(callTool(toolThat(forever), call({ settings: {} }))).rejects.toMatchObject(settings)
  const credentials = { code: 'connectors.credentials_invalid', effect: 'none', issues: [{ path: 'token' }] }
  await expect(callTool(toolThat(forever), call({ credentials: {} }))).rejects.toMatchObject(credentials)
})
