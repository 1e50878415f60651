import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { action, defineConnector } from './define-connector.ts'
import type { Connector, ConnectorCall } from './spec.ts'

const described = { description: '', recipients: () => [], preview: () => ({ title: '', recipients: [], body: '' }) }
const said = z.object({ said: z.string() })

test('an author sees the types of the schemas and the registry sees a plain connector', () => {
  const connector = defineConnector({
    id: 'echo',
    name: 'Echo',
    description: 'Says it again.',
    settings: z.object({ loud: z.boolean() }),
    sandboxSettings: {},
    credentials: z.object({ token: z.string() }),
    actions: {
      say: action({
        ...described,
        effect: 'read',
        input: z.object({ text: z.string() }),
        output: said,
        run: async (call: ConnectorCall<{ loud: boolean }, { token: string }>, input) => {
          expectTypeOf(input).toEqualTypeOf<{ text: string }>()
          return { said: call.settings.loud ? input.text.toUpperCase() : input.text }
        },
        sandbox: async (call, input) => {
          expectTypeOf(call.settings).toEqualTypeOf<{ loud: boolean }>()
          return { said: input.text }
        },
        simulate: ({ text }, settings) => {
          expectTypeOf(settings).toEqualTypeOf<{ loud: boolean }>()
          return { said: text }
        },
      }),
    },
    check: async (call) => {
      expectTypeOf(call.credentials).toEqualTypeOf<{ token: string }>()
    },
  })
  expectTypeOf(connector).toEqualTypeOf<Connector>()
})

test('an action of another connector, or an output that its schema does not know, does not compile', () => {
  const foreign = action({
    ...described,
    effect: 'read',
    input: z.object({}),
    output: said,
    run: async (call: ConnectorCall<{ quiet: boolean }, unknown>) => ({ said: String(call.settings.quiet) }),
    sandbox: async () => ({ said: '' }),
    simulate: () => ({ said: '' }),
  })
  defineConnector({
    id: 'echo',
    name: 'Echo',
    description: '',
    settings: z.object({ loud: z.boolean() }),
    sandboxSettings: {},
    credentials: z.object({}),
    // @ts-expect-error the action takes the settings of another connector
    actions: { foreign },
    check: async () => {},
  })
  action({
    ...described,
    effect: 'read',
    input: z.object({}),
    output: said,
    // @ts-expect-error `said` is a string
    run: async () => ({ said: 1 }),
    sandbox: async () => ({ said: '' }),
    simulate: () => ({ said: '' }),
  })
  // @ts-expect-error `lookup` needs a way to look
  action({
    ...described,
    effect: 'lookup',
    input: z.object({}),
    output: said,
    run: async () => ({ said: '' }),
    sandbox: async () => ({ said: '' }),
    simulate: () => ({ said: '' }),
  })
})
