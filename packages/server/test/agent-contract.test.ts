import { describe, expect, test } from 'vitest'
import { agents } from '../src/agents/index.ts'
import { jsonSchemaOf } from '../src/base/json-schema.ts'
import { findTool } from '../src/connectors/index.ts'
import { findIntent } from '../src/runtime/index.ts'

const topic = 'How to free a seized pepper mill at the kitchen table'
const objective = 'Fill the bench places of February'
const callToAction = { label: 'Book a place', url: 'https://pinwright.example/repair-month' }
const article =
  'A seized pepper mill has nearly always been held over a hot pan. Undo the top nut, empty it, and leave it to dry.'

/** A request for each intent, as a person would send it. */
const examples: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  CampaignAgent: {
    'launch-campaign': {
      name: 'Repair Month',
      topic,
      objective,
      callToAction,
      email: { to: ['ann@example.com'] },
      social: { channel: '#social-queue', networks: ['x'] },
    },
    plan: { name: 'Repair Month', topic, objective },
    review: { campaignId: '01a20543-18f3-77f2-8519-ad367d2fbfd7' },
  },
  ContentAgent: {
    'generate-draft': { topic, words: 400 },
    summarize: { topic },
    repurpose: { title: 'Seized mills', text: article, formats: ['ad'] },
  },
  SEOAgent: {
    'keyword-research': { topic },
    'seo-audit': { title: 'Seized mills', body: article },
    'internal-links': { topic },
  },
  EmailAgent: {
    'generate-sequence': { topic },
    'optimize-subject': { subject: 'Your mill', body: article },
    'ab-test': { topic },
  },
  SocialAgent: {
    'generate-post': { topic, networks: ['x'] },
    'optimize-caption': { network: 'x', caption: article },
    'hashtag-pack': { topic, network: 'instagram' },
  },
  SupportAgent: { support: { conversationId: '01a20543-18f3-77f2-8519-ad367d2fbfd7' } },
}

test('there is an example for each intent of each agent, and no other', () => {
  const intentsOf = (entries: Iterable<readonly [string, object]>) =>
    Object.fromEntries([...entries].map(([name, intents]) => [name, Object.keys(intents).toSorted()]))
  expect(intentsOf(Object.entries(examples))).toEqual(
    intentsOf([...agents].map(([name, agent]) => [name, agent.intents] as const)),
  )
})

test('an intent is asked of one agent alone', () => {
  const names = [...agents.values()].flatMap((agent) => Object.keys(agent.intents))
  expect(new Set(names).size).toBe(names.length)
})

for (const [name, agent] of agents) {
  describe(`${name} keeps the contract of agents`, () => {
    test('it is registered under its name, says what it does, and has a ceiling of cost', () => {
      expect(agent.name).toBe(name)
      expect(agent.description.length).toBeGreaterThan(20)
      expect(agent.policy.maxCostMicros).toBeGreaterThan(0)
    })

    test('its policy names tools and agents that there are', () => {
      expect(agent.policy.tools.filter((tool) => findTool(tool) === undefined)).toEqual([])
      expect((agent.policy.agents ?? []).filter((other) => !agents.has(other))).toEqual([])
      for (const tool of agent.policy.withoutApproval ?? []) expect(agent.policy.tools).toContain(tool)
    })

    for (const [intentName, intent] of Object.entries(agent.intents)) {
      const input = examples[name]?.[intentName]

      test(`${intentName}: it says what it does, and its schemas have a JSON form`, () => {
        expect(intentName).toMatch(/^[a-z]+(?:-[a-z]+)*$/)
        expect(intent.description.length).toBeGreaterThan(20)
        for (const schema of [intent.input, intent.output]) {
          expect(jsonSchemaOf(schema)).toMatchObject({ type: 'object' })
        }
      })

      test(`${intentName}: an example is taken, an unknown key and an empty request are refused`, () => {
        expect(intent.input.safeParse(input).error).toBeUndefined()
        const unknown = intent.input.safeParse({ ...input, colour: 'red' })
        expect(unknown.error?.issues.map((issue) => issue.message).join()).toContain('colour')
        expect(intent.input.safeParse({}).success).toBe(false)
      })

      test(`${intentName}: parsing a parsed request changes nothing`, () => {
        // A resumed run parses its stored input again.
        const parsed = intent.input.parse(input)
        expect(intent.input.parse(parsed)).toEqual(parsed)
      })
    }
  })
}

test('a wrong agent, an unknown intent and an intent of another agent have errors of their own', () => {
  const codeOf = (agent: string, intent: string) => {
    try {
      findIntent(agents, { agent, intent })
      return 'found'
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : 'other'
    }
  }
  expect(codeOf('ContentAgent', 'generate-draft')).toBe('found')
  expect(codeOf('PoetAgent', 'generate-draft')).toBe('runtime.agent_unknown')
  expect(codeOf('EmailAgent', 'generate-draft')).toBe('runtime.intent_of_other_agent')
  expect(codeOf('EmailAgent', 'write-poem')).toBe('runtime.intent_unknown')
})
