import { z } from 'zod'
import { RunEvent } from './events.ts'
import { RecordedError } from './problem.ts'
import { defineRoute } from './route.ts'
import { RunPriority, RunStatus, RunWaitingReason, ToolExecutionStatus } from './states.ts'
import { Id, IdParams, JsonObject, Moment, Page } from './values.ts'

/** Which text of a prompt is asked, whatever is in force. */
export const PromptOverride = z.strictObject({
  agent: z.string().min(1).max(100),
  intent: z.string().min(1).max(100),
  /** As `GET /v1/agents/{name}/prompts` names it. */
  key: z.string().min(1).max(1000),
  /** 0 is the code's text. */
  version: z.number().int().min(0).max(2_147_483_647),
})
export type PromptOverride = z.output<typeof PromptOverride>

/** What a run and those below it are asked with in the place of what the organization has set. */
export const RunOverrides = z.object({
  /** `provider:model`. */
  model: z.string().optional(),
  prompts: z.array(PromptOverride).optional(),
})
export type RunOverrides = z.output<typeof RunOverrides>

export const Run = z.object({
  id: Id,
  agent: z.string(),
  intent: z.string(),
  /** Slug of the brand. */
  brand: z.string().optional(),
  status: RunStatus,
  waitingFor: RunWaitingReason.optional(),
  /** Of a queued run that a limit keeps from starting: "waits for a free place: agent ContentAgent, 2 of 2". */
  placeWait: z.string().optional(),
  /** `user:ID`, `api_key:ID`, `cli` or `run:ID`. */
  requestedBy: z.string(),
  priority: RunPriority,
  approveAll: z.boolean(),
  /** Text from outside has reached the run. */
  tainted: z.boolean(),
  attempt: z.number().int(),
  /** Of the organization's policy and configuration for the agent, in the newest attempt; absent where there was none. */
  policyVersion: z.number().int().optional(),
  configVersion: z.number().int().optional(),
  /** Drafts of the organization's prompts are asked; absent where they are not. */
  triesDrafts: z.boolean().optional(),
  /** Of a run that is not over: the intent's schemas are others now than when it was asked for, or the intent is gone. */
  intentChanged: z.boolean().optional(),
  /** No effect of it leaves: each is judged, written down and simulated, and what it writes here is taken back. */
  dryRun: z.literal(true).optional(),
  /** Of a dry run: what it reads is simulated too. */
  stubsReads: z.literal(true).optional(),
  /** The run that it was made of; absent also once retention has removed that one. */
  forkedFromRunId: Id.optional(),
  /** The key from which it went on by itself: what came before was copied. Absent where it began from the start. */
  forkedFromStep: z.string().optional(),
  overrides: RunOverrides.optional(),
  parentRunId: Id.optional(),
  /** The key of the parent's step that stands for this child run; the step is recorded once the run has succeeded. */
  parentStepKey: z.string().optional(),
  rootRunId: Id,
  /** Millionths of the price currency. Its own, without its child runs. */
  costMicros: z.number().int(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  /** Of the run and every run below it. */
  totalCostMicros: z.number().int(),
  totalInputTokens: z.number().int(),
  totalOutputTokens: z.number().int(),
  /**
   * Every generation in the run and below it was asked of the sandbox. False where none was asked yet; embeddings say
   * nothing, because a free model of this process makes them beside real models too.
   */
  sandbox: z.boolean(),
  error: RecordedError.optional(),
  /** Until when it waits for a budget of its model calls, and which that is. */
  notBefore: Moment.optional(),
  budgetWait: RecordedError.optional(),
  createdAt: Moment,
  startedAt: Moment.optional(),
  finishedAt: Moment.optional(),
  durationMs: z.number().int().optional(),
})
export type Run = z.output<typeof Run>

export const RunStep = z.object({
  /** Unique within the run. */
  key: z.string(),
  sequence: z.number().int(),
  kind: z.enum(['step', 'child']),
  status: z.enum(['succeeded', 'failed']),
  attempt: z.number().int(),
  /** Of a copied step it is the other run's child. */
  childRunId: Id.optional(),
  /** Another run did it, of which this one was made. */
  copied: z.literal(true).optional(),
  startedAt: Moment,
  finishedAt: Moment,
  error: RecordedError.optional(),
  output: z.unknown().optional(),
  /** As stored; only where the output is too large for a trace and left out of it: `GET /v1/runs/{id}/steps/{key}` has it. */
  outputBytes: z.number().int().optional(),
})
export type RunStep = z.output<typeof RunStep>

/** Token classes are disjoint: their sum is the whole. */
export const LlmCall = z.object({
  id: Id,
  stepKey: z.string().optional(),
  operation: z.string(),
  /** `sandbox` where no model was asked. */
  provider: z.string(),
  requestedModel: z.string(),
  answeredModel: z.string().optional(),
  status: z.enum(['running', 'succeeded', 'failed']),
  inputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  cacheWriteTokens: z.number().int(),
  outputTokens: z.number().int(),
  reasoningTokens: z.number().int(),
  costMicros: z.number().int(),
  currency: z.string().optional(),
  /** `price-table` (list price), `own-price` (the organization's), `provider`, `free` or `unknown`. */
  costSource: z.string().optional(),
  timeToFirstTokenMs: z.number().int().optional(),
  durationMs: z.number().int().optional(),
  finishReason: z.string().optional(),
  /** The organization's own account at the provider was asked. */
  ownAccount: z.literal(true).optional(),
  /** `provider:model` that should have answered: this one stood in for it. */
  fallbackFor: z.string().optional(),
  /** Code of the error of the model before it; `llm.circuit_open` where calls of its provider are paused. */
  fallbackReason: z.string().optional(),
  /** Which of the organization's texts of its prompt was asked; absent where it was the code's. */
  promptVersion: z.number().int().optional(),
  error: RecordedError.optional(),
  startedAt: Moment,
})
export type LlmCall = z.output<typeof LlmCall>

/** A call with what was sent and what came back. */
export const LlmCallDetail = LlmCall.extend({
  /** Absent for work outside of runs, such as embedding an import. */
  runId: Id.optional(),
  /** The prompt and settings as sent. */
  request: z.unknown().optional(),
  /** The answer as it came; absent while there is none. */
  response: z.unknown().optional(),
})
export type LlmCallDetail = z.output<typeof LlmCallDetail>

/** What a person sees before saying yes. */
export const ActionPreview = z.object({ title: z.string(), recipients: z.array(z.string()), body: z.string() })
export type ActionPreview = z.output<typeof ActionPreview>

/** What would have kept a simulated call from leaving at once. */
export const Simulation = z.object({
  /** A person would have been asked. */
  asksApproval: z.boolean(),
  /** Its send window, or the room under a cap or in a budget, opens then. */
  heldUntil: Moment.optional(),
  /** Which budget has no room for it, and why. */
  budget: z.string().optional(),
})
export type Simulation = z.output<typeof Simulation>

/** Micros (millionths) of a currency by its ISO 4217 code. */
export const Money = z.object({ micros: z.number().int(), currency: z.string() })
export type Money = z.output<typeof Money>

export const ToolExecution = z.object({
  id: Id,
  stepKey: z.string(),
  /** `connector.action`. */
  tool: z.string(),
  effect: z.enum(['read', 'idempotent', 'lookup', 'once']),
  mode: z.enum(['sandbox', 'real']).optional(),
  status: ToolExecutionStatus,
  preview: ActionPreview,
  attempt: z.number().int(),
  /** Of the organization's policy that was asked last; absent where there was none. */
  policyVersion: z.number().int().optional(),
  /** Until when it waits for its send window, or for room under a cap. */
  notBefore: Moment.optional(),
  result: z.unknown().optional(),
  error: RecordedError.optional(),
  approvalId: Id.optional(),
  /** What it cost, at its most where nobody knows; absent where that is not known, or until it has ended. */
  cost: Money.optional(),
  /** The money for ads that it committed, likewise. */
  adSpend: Money.optional(),
  /** Another run made it, of which this one was made. */
  copied: z.literal(true).optional(),
  simulation: Simulation.optional(),
  startedAt: Moment.optional(),
  finishedAt: Moment.optional(),
})
export type ToolExecution = z.output<typeof ToolExecution>

/** A tool execution with the exact arguments of the call. */
export const ToolExecutionDetail = ToolExecution.extend({
  runId: Id,
  arguments: z.unknown(),
  /** SHA-256 of the canonical arguments: what a yes is bound to. */
  argumentsHash: z.string(),
})
export type ToolExecutionDetail = z.output<typeof ToolExecutionDetail>

/** A passage that a text rests on. `source` is its number in the text: `[2]`. */
export const Citation = z.object({
  source: z.number().int(),
  chunkId: Id,
  documentId: Id,
  /** Path within the brand's folder, or the page's address. */
  path: z.string(),
  title: z.string(),
  heading: z.string(),
  startLine: z.number().int(),
  endLine: z.number().int(),
})
export type Citation = z.output<typeof Citation>

export const ContentPiece = z.object({
  id: Id,
  /** Names the piece within its run. */
  key: z.string(),
  kind: z.enum(['article', 'email', 'social_script', 'ad_copy']),
  status: z.enum(['draft', 'scheduled', 'published']),
  title: z.string(),
  /** Markdown. */
  body: z.string(),
  citations: z.array(Citation),
  /** `provider:model`; begins with `sandbox:` where no model was asked. */
  model: z.string(),
})
export type ContentPiece = z.output<typeof ContentPiece>

/** A run with everything that happened in it, and its child runs likewise. */
/** What the run's handler waits for now, with nothing left in flight. */
export const RunWait = z.object({
  key: z.string(),
  /** Name of the event, which `POST /v1/runs/{id}/signals` tells; absent where it waits for the time alone. */
  event: z.string().optional(),
  /** When it is over in any case. */
  until: Moment,
})
export type RunWait = z.output<typeof RunWait>

export const RunDetail = Run.extend({
  input: z.unknown(),
  output: z.unknown().optional(),
  /** The soonest first; absent where there are none. */
  waits: z.array(RunWait).optional(),
  steps: z.array(RunStep),
  llmCalls: z.array(LlmCall),
  toolExecutions: z.array(ToolExecution),
  content: z.array(ContentPiece),
  get children() {
    return z.array(RunDetail)
  },
})
export type RunDetail = z.output<typeof RunDetail>

export const StartRun = z.strictObject({
  agent: z.string().min(1).max(100),
  intent: z.string().min(1).max(100),
  /** Slug of a brand of the organization. */
  brand: z.string().min(1).max(64).optional(),
  /** What the intent's schema asks for; see `GET /v1/agents`. */
  input: JsonObject,
  /** Says yes beforehand to what would wait for an approval; needs the permission `approvals:decide` as well. */
  approveAll: z.boolean().optional(),
  /** Asks the newest drafts of the organization's prompts in the place of the active ones. */
  tryDrafts: z.boolean().optional(),
  /** `normal` where absent. Runs of a schedule are `bulk`. */
  priority: RunPriority.optional(),
  /** No effect leaves: each is judged, written down and simulated. What models cost is real. */
  dryRun: z.boolean().optional(),
  /** Of a dry run: what it reads is simulated too. */
  stubReads: z.boolean().optional(),
  /** Answers once the run is over or waits for a person, or after 30 s at the latest. */
  wait: z.boolean().optional(),
})

export const RunPage = z.object({
  runs: z.array(Run),
  /** Hand it back as `before` for the next, older page. */
  nextBefore: Id.optional(),
})
export type RunPage = z.output<typeof RunPage>

export const startRun = defineRoute({
  id: 'startRun',
  method: 'post',
  path: '/v1/runs',
  tag: 'runs',
  summary: 'Starts a run of an agent',
  request: {
    /** The same key with the same request answers with the run that it started. */
    headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
    body: StartRun,
  },
  responses: {
    200: { description: 'With `wait`: the run is over, or waits for a person', schema: Run },
    202: { description: 'The run is queued or still under way', schema: Run },
  },
  permission: 'runs:write',
  audit: 'run.started',
})

export const listRuns = defineRoute({
  id: 'listRuns',
  method: 'get',
  path: '/v1/runs',
  tag: 'runs',
  summary: 'Runs, newest first; child runs only where their parent is named',
  request: { query: Page.extend({ status: RunStatus.optional(), parent: Id.optional() }) },
  responses: { 200: { description: 'A page of runs', schema: RunPage } },
  permission: 'runs:read',
  audit: null,
})

export const getRun = defineRoute({
  id: 'getRun',
  method: 'get',
  path: '/v1/runs/{id}',
  tag: 'runs',
  summary: 'A run with its trace: steps, model calls, tools, content and child runs',
  request: { params: IdParams },
  responses: { 200: { description: 'The run', schema: RunDetail } },
  permission: 'runs:read',
  audit: null,
})

export const getRunStep = defineRoute({
  id: 'getRunStep',
  method: 'get',
  path: '/v1/runs/{id}/steps/{key}',
  tag: 'runs',
  summary: 'A finished step of a run with its whole output',
  request: { params: IdParams.extend({ key: z.string().min(1).max(1000) }) },
  responses: { 200: { description: 'The step', schema: RunStep } },
  permission: 'runs:read',
  audit: null,
})

export const getLlmCall = defineRoute({
  id: 'getLlmCall',
  method: 'get',
  path: '/v1/llm-calls/{id}',
  tag: 'runs',
  summary: 'A model call with its prompt and its answer',
  request: { params: IdParams },
  responses: { 200: { description: 'The model call', schema: LlmCallDetail } },
  permission: 'runs:read',
  audit: null,
})

export const getToolExecution = defineRoute({
  id: 'getToolExecution',
  method: 'get',
  path: '/v1/tool-executions/{id}',
  tag: 'runs',
  summary: 'A tool execution with its exact arguments',
  request: { params: IdParams },
  responses: { 200: { description: 'The tool execution', schema: ToolExecutionDetail } },
  permission: 'runs:read',
  audit: null,
})

export const resumeRun = defineRoute({
  id: 'resumeRun',
  method: 'post',
  path: '/v1/runs/{id}/resume',
  tag: 'runs',
  summary: 'Puts a failed run, or one that needs attention, back on the queue; finished steps keep their results',
  request: { params: IdParams },
  responses: { 202: { description: 'The run', schema: Run } },
  permission: 'runs:write',
  audit: 'run.resumed',
})

export const cancelRun = defineRoute({
  id: 'cancelRun',
  method: 'post',
  path: '/v1/runs/{id}/cancel',
  tag: 'runs',
  summary: 'Cancels a run and its children; what happened stays on record',
  request: { params: IdParams },
  responses: { 202: { description: 'The run', schema: Run } },
  permission: 'runs:write',
  audit: 'run.cancelled',
})

export const signalRun = defineRoute({
  id: 'signalRun',
  method: 'post',
  path: '/v1/runs/{id}/signals',
  tag: 'runs',
  summary: 'Tells a run of an event that it waits for, or will; the same `Idempotency-Key` tells it once',
  request: {
    params: IdParams,
    headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
    body: z.strictObject({
      /** What the agent's code waits for by this name. */
      name: z.string().trim().min(1).max(100),
      /** What the agent is handed. It counts as text from outside. */
      data: JsonObject.default({}),
    }),
  },
  responses: {
    202: { description: 'Whether it was told, or had been before', schema: z.object({ isNew: z.boolean() }) },
  },
  permission: 'runs:write',
  audit: 'run.signalled',
})

export const streamRunEvents = defineRoute({
  id: 'streamRunEvents',
  method: 'get',
  path: '/v1/runs/{id}/events',
  tag: 'runs',
  summary: 'What happens to a run, as server-sent events; goes on after `Last-Event-ID` or `after`',
  request: {
    params: IdParams,
    query: z.strictObject({
      /** Sequence number of the last event that the reader has. */
      after: z.coerce.number().int().min(0).optional(),
    }),
    headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() }),
  },
  responses: {
    200: { description: 'Events, in order of their sequence', contentType: 'text/event-stream', schema: RunEvent },
  },
  permission: 'runs:read',
  audit: null,
})
