import type { LlmCall, RunDetail, RunStep, ToolExecution } from '@neonhub/contract'

const epoch = Date.parse('2027-02-01T09:00:00.000Z')

/** That many seconds into the example, in milliseconds since the epoch. */
export const second = (count: number): number => epoch + count * 1000
const moment = (count: number) => new Date(second(count)).toISOString()

/** A run for tests: nine seconds long, with nothing in it but what is given. */
export const exampleRun = (parts: Partial<RunDetail>): RunDetail => ({
  id: 'root',
  agent: 'CampaignAgent',
  intent: 'launch',
  status: 'succeeded',
  requestedBy: 'cli',
  priority: 'normal',
  approveAll: false,
  tainted: false,
  attempt: 1,
  rootRunId: 'root',
  costMicros: 0,
  inputTokens: 0,
  outputTokens: 0,
  totalCostMicros: 0,
  totalInputTokens: 0,
  totalOutputTokens: 0,
  sandbox: false,
  createdAt: moment(0),
  startedAt: moment(0),
  finishedAt: moment(9),
  durationMs: 9000,
  input: {},
  steps: [],
  llmCalls: [],
  toolExecutions: [],
  content: [],
  children: [],
  ...parts,
})

export const exampleStep = (key: string, start: number, end: number): RunStep => ({
  key,
  sequence: start,
  kind: 'step',
  status: 'succeeded',
  attempt: 1,
  startedAt: moment(start),
  finishedAt: moment(end),
})

/** A call with 10 tokens in, 4 read from the cache and 3 out, for 100 micros. */
export const exampleCall = (id: string, stepKey: string, start: number, durationMs: number): LlmCall => ({
  id,
  stepKey,
  operation: 'chat',
  provider: 'anthropic',
  requestedModel: 'writer',
  answeredModel: 'writer-2',
  status: 'succeeded',
  inputTokens: 10,
  cacheReadTokens: 4,
  cacheWriteTokens: 0,
  outputTokens: 3,
  reasoningTokens: 0,
  costMicros: 100,
  currency: 'USD',
  durationMs,
  startedAt: moment(start),
})

export const exampleExecution = (stepKey: string, status: ToolExecution['status']): ToolExecution => ({
  id: stepKey,
  stepKey,
  tool: 'email.send',
  effect: 'once',
  status,
  preview: { title: 'Send a mail', recipients: [], body: '' },
  attempt: 1,
})
