import { z } from 'zod'
import { action, defineConnector } from '../src/connectors/define-connector.ts'
import { ConnectorError } from '../src/connectors/spec.ts'

/** What happens at the provider the next time that it is called. */
export const provider: { answer: 'normal' | 'refuses' | 'breaks off' } = { answer: 'normal' }

const CampaignInput = z.strictObject({
  dailyMicros: z.number().int(),
  currency: z.string().default('EUR'),
  /** Without one it runs on until somebody ends it. */
  days: z.number().int().optional(),
  /** What the platform really takes for it. */
  takesMicros: z.number().int().optional(),
})
const CampaignOutput = z.object({ takesMicros: z.number().optional(), currency: z.string() })
const LookUpOutput = z.object({ chargedMicros: z.number() })

async function answer<Output>(output: Output): Promise<Output> {
  if (provider.answer === 'normal') return output
  const effect = provider.answer === 'refuses' ? 'none' : 'unknown'
  throw new ConnectorError('test.failed', `The provider ${provider.answer}`, { kind: 'invalid', effect })
}

/**
 * A connector with money in it, for tests: campaigns that commit what they may spend, and look-ups at 100 micros at most. It
 * has the id of `webhook`, in whose place tests register it.
 */
export const adsConnector = defineConnector({
  id: 'webhook',
  name: 'Ads of the tests',
  description: 'Campaigns and look-ups',
  settings: z.object({}),
  sandboxSettings: {},
  credentials: z.object({}),
  actions: {
    createCampaign: action({
      effect: 'once',
      description: 'Starts a campaign',
      input: CampaignInput,
      output: CampaignOutput,
      recipients: () => [],
      preview: () => ({ title: 'Start a campaign', recipients: [], body: '' }),
      cost: 'free',
      adSpend: {
        most: ({ dailyMicros, days, currency }) =>
          days === undefined ? undefined : { micros: dailyMicros * days, currency },
        real: ({ takesMicros, currency }) =>
          takesMicros === undefined ? undefined : { micros: takesMicros, currency },
      },
      run: (_call, { takesMicros, currency }) => answer({ takesMicros, currency }),
      sandbox: (_call, { takesMicros, currency }) => answer({ takesMicros, currency }),
      simulate: ({ currency }) => ({ currency }),
    }),
    lookUp: action({
      effect: 'read',
      description: 'Looks something up for money',
      input: z.strictObject({ chargedMicros: z.number() }),
      output: LookUpOutput,
      recipients: () => [],
      preview: () => ({ title: 'Look up', recipients: [], body: '' }),
      cost: {
        most: () => ({ micros: 100, currency: 'EUR' }),
        real: ({ chargedMicros }) => ({ micros: chargedMicros, currency: 'EUR' }),
      },
      run: (_call, { chargedMicros }) => answer({ chargedMicros }),
      sandbox: (_call, { chargedMicros }) => answer({ chargedMicros }),
      simulate: () => ({ chargedMicros: 0 }),
    }),
    ping: action({
      effect: 'once',
      description: 'Does something of which nobody knows the price',
      input: z.strictObject({}),
      output: z.object({}),
      recipients: () => [],
      preview: () => ({ title: 'Ping', recipients: [], body: '' }),
      run: () => answer({}),
      sandbox: () => answer({}),
      simulate: () => ({}),
    }),
  },
  check: async () => undefined,
})
