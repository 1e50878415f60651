import { z } from 'zod'
import { defineRoute } from './route.ts'
import { FallbackModels, JsonObject, ModelRef, Moment } from './values.ts'

const ToolName = z.string().trim().min(3).max(100)
const Recipient = z.string().trim().min(1).max(2048)
const Count = z.number().int().min(1).max(1_000_000)
const TimeOfDay = z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 09:30, or 24:00')
const Note = z.string().trim().max(1000).default('')

/** What an organization lays over the policy of an agent's code. It narrows: what the code forbids stays forbidden. */
export const PolicyRules = z.strictObject({
  /** The tools that are left of the code's; all where absent. */
  tools: z.array(ToolName).max(100).optional(),
  /**
   * Whom a tool may reach: addresses, channels or URLs, `@example.com` for every address of a domain,
   * `https://example.com` for every URL there. Whomever the code does where a tool has no entry.
   */
  recipients: z
    .array(z.strictObject({ tool: ToolName, allow: z.array(Recipient).min(1).max(1000) }))
    .max(100)
    .optional(),
  /** When effects may leave; outside of it a call waits, and holds no process. */
  sendWindow: z
    .strictObject({
      /** IANA name. */
      timeZone: z.string().trim().min(1).max(64),
      hours: z
        .array(
          z.strictObject({
            /** 1 is Monday (ISO 8601). */
            days: z
              .array(
                z.union([
                  z.literal(1),
                  z.literal(2),
                  z.literal(3),
                  z.literal(4),
                  z.literal(5),
                  z.literal(6),
                  z.literal(7),
                ]),
              )
              .min(1)
              .max(7),
            from: TimeOfDay,
            to: TimeOfDay,
          }),
        )
        .min(1)
        .max(50),
    })
    .optional(),
  /** How many recipients calls may reach in any hour and in any 24 hours; a call beyond it waits for room. */
  caps: z
    .array(
      z.strictObject({
        tool: ToolName.optional(),
        /** `email`, `slack`, …: all of its tools together. */
        channel: z.string().trim().min(1).max(100).optional(),
        perHour: Count.optional(),
        perDay: Count.optional(),
      }),
    )
    .max(100)
    .optional(),
  approvals: z
    .strictObject({
      /** Tools that need a yes although the code asks for none. */
      require: z.array(ToolName).max(100).optional(),
      /** Standing yeses; giving one needs the permission `approvals:decide` as well. */
      exempt: z
        .array(
          z.strictObject({
            tool: ToolName,
            /** Only where every recipient is one of these. */
            recipients: z.array(Recipient).min(1).max(1000).optional(),
            /** Also in runs that text from outside has reached; `recipients` must be named then. */
            whenTainted: z.boolean().optional(),
          }),
        )
        .max(100)
        .optional(),
      /** Tools that always need a yes, from another person than the one who asked for the run. */
      fourEyes: z.array(ToolName).max(100).optional(),
    })
    .optional(),
})
export type PolicyRules = z.output<typeof PolicyRules>

export const PolicyVersion = z.object({
  /** Counts the changes. */
  version: z.number().int(),
  rules: PolicyRules,
  note: z.string(),
  /** `user:ID`, `api_key:ID` or `cli`. */
  actor: z.string(),
  createdAt: Moment,
})
export type PolicyVersion = z.output<typeof PolicyVersion>

export const AgentConfiguration = z.object({
  /** Counts the changes of the agent, of all its brands together. */
  version: z.number().int(),
  /** Slug of the brand that it is for; absent for the agent's own. */
  brand: z.string().optional(),
  /** `provider:model`; the installation's default where absent, and likewise below. */
  model: z.string().optional(),
  /** Asked where it cannot be, in this order; the organization's where absent, none where empty. */
  fallbackModels: z.array(z.string()).optional(),
  temperature: z.number().optional(),
  maxOutputTokens: z.number().int().optional(),
  actor: z.string(),
  createdAt: Moment,
})
export type AgentConfiguration = z.output<typeof AgentConfiguration>

/** What the organization has set about an agent, beside what its code allows (`GET /v1/agents`). */
export const AgentSettings = z.object({
  name: z.string(),
  status: z.enum(['active', 'paused']),
  /** Absent where the code's policy alone counts. */
  policy: PolicyVersion.optional(),
  /** Places in it that name a tool which the code has no longer, or no longer allows the agent. */
  policyWarnings: z.array(z.object({ path: z.string(), message: z.string() })),
  /** The newest of the agent and of each brand. */
  configurations: z.array(AgentConfiguration),
})
export type AgentSettings = z.output<typeof AgentSettings>

export const PromptVersion = z.object({
  version: z.number().int(),
  status: z.enum(['draft', 'active', 'archived']),
  task: z.string(),
  /** The code's text when it was written. */
  codeTask: z.string(),
  note: z.string(),
  actor: z.string(),
  activatedBy: z.string().optional(),
  activatedAt: Moment.optional(),
  createdAt: Moment,
  /** How many model calls asked it and were answered. */
  calls: z.number().int(),
})
export type PromptVersion = z.output<typeof PromptVersion>

export const AgentPrompt = z.object({
  agent: z.string(),
  intent: z.string(),
  /** The step's key, with {name} in it where that varies. */
  key: z.string(),
  /** Version 0. */
  codeTask: z.string(),
  /** What stands for each {name} in a text. */
  values: z.record(z.string(), z.string()),
  /** 0 where the code's text is asked. */
  activeVersion: z.number().int(),
  /** The code's text is another than it was when the active version was written. */
  codeChanged: z.boolean(),
  /** The organization's own texts, newest first. */
  versions: z.array(PromptVersion),
})
export type AgentPrompt = z.output<typeof AgentPrompt>

export const Tool = z.object({
  name: z.string(),
  connector: z.string(),
  description: z.string(),
  effect: z.enum(['read', 'idempotent', 'lookup', 'once']),
  /** Grows with every change of the effect class or the schema. */
  version: z.number().int(),
  changedAt: Moment,
  /** Since when the code has it no longer. */
  goneAt: Moment.optional(),
  /** JSON Schema (2020-12) of the input. */
  input: JsonObject,
  /** The agents whose code may call it. */
  agents: z.array(z.string()),
  /** The agents whose policy of this organization names it although it is gone or theirs no longer. */
  namedInVain: z.array(z.string()),
})
export type Tool = z.output<typeof Tool>

const AgentParams = z.strictObject({ name: z.string().min(1).max(100) })
const PromptRef = {
  agent: z.string().min(1).max(100),
  intent: z.string().min(1).max(100),
  key: z.string().min(1).max(300),
}

export const getAgentSettings = defineRoute({
  id: 'getAgentSettings',
  method: 'get',
  path: '/v1/agents/{name}/settings',
  tag: 'agents',
  summary: 'What the organization has set about an agent',
  request: { params: AgentParams },
  responses: { 200: { description: 'The settings', schema: AgentSettings } },
  permission: 'runs:read',
  audit: null,
})

export const listAgentPolicies = defineRoute({
  id: 'listAgentPolicies',
  method: 'get',
  path: '/v1/agents/{name}/policies',
  tag: 'agents',
  summary: 'The newest hundred versions of an agent’s policy, newest first',
  request: { params: AgentParams },
  responses: { 200: { description: 'The versions', schema: z.object({ policies: z.array(PolicyVersion) }) } },
  permission: 'runs:read',
  audit: null,
})

export const setAgentPolicy = defineRoute({
  id: 'setAgentPolicy',
  method: 'put',
  path: '/v1/agents/{name}/policy',
  tag: 'agents',
  summary: 'Narrows what an agent may do, as a new version; it counts for every call that is not on record yet',
  request: {
    params: AgentParams,
    body: z.strictObject({
      rules: PolicyRules,
      note: Note,
      /** The version that the change was made from, 0 for none; refused where another has come since. */
      expectedVersion: z.number().int().min(0).optional(),
    }),
  },
  responses: { 200: { description: 'The version', schema: PolicyVersion } },
  permission: 'agents:manage',
  audit: 'agent.policy_set',
})

export const configureAgent = defineRoute({
  id: 'configureAgent',
  method: 'put',
  path: '/v1/agents/{name}/configuration',
  tag: 'agents',
  summary: 'Sets how an agent asks models, whole; one for a brand stands in the place of the agent’s own',
  request: {
    params: AgentParams,
    body: z.strictObject({
      brand: z.string().min(1).max(64).optional(),
      model: ModelRef.optional(),
      /** At most three, for when the model cannot be asked. The organization's where absent; none where empty. */
      fallbackModels: FallbackModels.optional(),
      temperature: z.number().min(0).max(2).optional(),
      maxOutputTokens: z.number().int().min(1).max(1_000_000).optional(),
    }),
  },
  responses: { 200: { description: 'The version', schema: AgentConfiguration } },
  permission: 'agents:manage',
  audit: 'agent.configured',
})

export const pauseAgent = defineRoute({
  id: 'pauseAgent',
  method: 'post',
  path: '/v1/agents/{name}/pause',
  tag: 'agents',
  summary: 'Lets nothing new be asked of an agent; runs that began go on',
  request: { params: AgentParams },
  responses: { 200: { description: 'The settings', schema: AgentSettings } },
  permission: 'agents:manage',
  audit: 'agent.paused',
})

export const resumeAgent = defineRoute({
  id: 'resumeAgent',
  method: 'post',
  path: '/v1/agents/{name}/resume',
  tag: 'agents',
  summary: 'Lets a paused agent be asked again',
  request: { params: AgentParams },
  responses: { 200: { description: 'The settings', schema: AgentSettings } },
  permission: 'agents:manage',
  audit: 'agent.resumed',
})

export const listPrompts = defineRoute({
  id: 'listPrompts',
  method: 'get',
  path: '/v1/prompts',
  tag: 'agents',
  summary: 'The tasks that agents ask models: the code’s texts, and the organization’s own with their versions',
  request: {
    query: z.strictObject({
      agent: PromptRef.agent.optional(),
      intent: PromptRef.intent.optional(),
      key: PromptRef.key.optional(),
    }),
  },
  responses: { 200: { description: 'The prompts', schema: z.object({ prompts: z.array(AgentPrompt) }) } },
  permission: 'runs:read',
  audit: null,
})

export const draftPrompt = defineRoute({
  id: 'draftPrompt',
  method: 'post',
  path: '/v1/prompts/drafts',
  tag: 'agents',
  summary: 'Writes a text of the organization’s own for a prompt, as a draft; runs ask it that try drafts',
  request: {
    body: z.strictObject({ ...PromptRef, task: z.string().trim().min(1).max(20_000), note: Note }),
  },
  responses: {
    201: {
      description: 'The prompt with its new version',
      /** `unused`: the names whose values the text leaves out. */
      schema: z.object({ prompt: AgentPrompt, version: z.number().int(), unused: z.array(z.string()) }),
    },
  },
  permission: 'runs:write',
  audit: 'prompt.drafted',
})

export const activatePrompt = defineRoute({
  id: 'activatePrompt',
  method: 'post',
  path: '/v1/prompts/activate',
  tag: 'agents',
  summary: 'Makes a version that was tried the one that is asked, and archives the one before',
  request: {
    body: z.strictObject({
      ...PromptRef,
      version: z.number().int().min(0),
      /** Also one that no run has tried. */
      untried: z.boolean().default(false),
    }),
  },
  responses: { 200: { description: 'The prompt', schema: AgentPrompt } },
  permission: 'agents:manage',
  audit: 'prompt.activated',
})

export const revertPrompt = defineRoute({
  id: 'revertPrompt',
  method: 'post',
  path: '/v1/prompts/revert',
  tag: 'agents',
  summary: 'Goes back to the code’s text of a prompt',
  request: { body: z.strictObject(PromptRef) },
  responses: { 200: { description: 'The prompt', schema: AgentPrompt } },
  permission: 'agents:manage',
  audit: 'prompt.reverted',
})

export const listTools = defineRoute({
  id: 'listTools',
  method: 'get',
  path: '/v1/tools',
  tag: 'agents',
  summary: 'The tools that agents may call, and those that are gone',
  request: {},
  responses: { 200: { description: 'The tools', schema: z.object({ tools: z.array(Tool) }) } },
  permission: 'runs:read',
  audit: null,
})
