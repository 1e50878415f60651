import { z } from 'zod'
import { Evaluator } from './evaluators.ts'
import { RecordedError } from './problem.ts'
import { defineRoute } from './route.ts'
import { RunStatus } from './states.ts'
import { Id, IdParams, Moment, Page, Slug } from './values.ts'

export const EvalStatus = z.enum(['running', 'finished', 'cancelled'])
export type EvalStatus = z.output<typeof EvalStatus>

/** `scoring`: the run is over, and evaluators are at its answer. */
export const EvalItemStatus = z.enum(['pending', 'running', 'scoring', 'done', 'failed', 'cancelled'])
export type EvalItemStatus = z.output<typeof EvalItemStatus>

/** What one evaluator says of all answers. */
export const EvalScore = z.object({
  name: z.string(),
  type: z.string(),
  /** Mean over what is scored; absent where nothing is. */
  meanScore: z.number().optional(),
  /** Share of all answers, failed runs among them, that pass; absent where none is in. */
  passRate: z.number().optional(),
  scored: z.number().int(),
  /** Answers that could not be scored. They count in no mean. */
  errors: z.number().int(),
  /** Answers that no person has marked yet. */
  awaiting: z.number().int(),
  minScore: z.number().optional(),
  minPassRate: z.number().optional(),
  /** Whether both are reached; absent where neither is asked, or nothing is known yet. */
  isMet: z.boolean().optional(),
})
export type EvalScore = z.output<typeof EvalScore>

/** Which text of a task is asked. */
export const EvalPrompt = z.object({
  key: z.string(),
  /** 0 is the code's. */
  version: z.number().int(),
  /** Asked in the place of what is in force. */
  isCandidate: z.boolean(),
})
export type EvalPrompt = z.output<typeof EvalPrompt>

/** Every case of a data set asked, and the answers measured. */
export const Eval = z.object({
  id: Id,
  /** Slug of the data set. */
  dataset: z.string(),
  agent: z.string(),
  intent: z.string(),
  status: EvalStatus,
  note: z.string(),
  /** How often each case is asked. */
  repeat: z.number().int(),
  /** Asked for in the place of the configured one. */
  model: z.string().optional(),
  /** Those that answered, `provider:model`. */
  models: z.array(z.string()),
  /** No model was asked: the sandbox stood in, and its scores say nothing of one. */
  isSandbox: z.boolean(),
  prompts: z.array(EvalPrompt),
  evaluatorsVersion: z.number().int(),
  caseCount: z.number().int(),
  itemCount: z.number().int(),
  /** Answers by where they stand. */
  counts: z.record(EvalItemStatus, z.number().int()),
  /** Mean of the evaluators' means, people's marks left out. */
  meanScore: z.number().optional(),
  /** Share of the answers that pass every evaluator that has scored them. */
  passRate: z.number().optional(),
  scores: z.array(EvalScore),
  /**
   * `passed` where the thresholds that were asked are met; `failed` where one is missed, a run has failed, or an evaluator
   * could not score an answer: what was not measured is not passed. Absent until it is finished, and where no threshold
   * was asked or could be looked at yet: the scores are then for people to read.
   */
  outcome: z.enum(['passed', 'failed']).optional(),
  /** Why nothing goes on at the moment: a budget is spent. */
  waitingFor: RecordedError.optional(),
  /** Of its runs, in millionths of the price currency. */
  costMicros: z.number().int(),
  /** Of its judges, beside that. */
  judgeCostMicros: z.number().int(),
  /** Median over its runs. */
  durationMs: z.number().int().optional(),
  requestedBy: z.string(),
  cancelledBy: z.string().optional(),
  createdAt: Moment,
  finishedAt: Moment.optional(),
})
export type Eval = z.output<typeof Eval>

export const EvalResult = z.object({
  evaluator: z.string(),
  score: z.number().optional(),
  passed: z.boolean().optional(),
  reason: z.string(),
  /** Why it could not score. */
  error: RecordedError.optional(),
  /** A person's mark is waited for. */
  isAwaited: z.boolean().optional(),
  costMicros: z.number().int(),
  llmCallId: Id.optional(),
})
export type EvalResult = z.output<typeof EvalResult>

/** One case asked once. */
export const EvalItem = z.object({
  id: Id,
  caseId: Id,
  caseName: z.string(),
  caseVersion: z.number().int(),
  tags: z.array(z.string()),
  /** From 1. */
  repetition: z.number().int(),
  status: EvalItemStatus,
  /** Absent where none was started, or retention has removed it. */
  runId: Id.optional(),
  runStatus: RunStatus.optional(),
  error: RecordedError.optional(),
  costMicros: z.number().int(),
  durationMs: z.number().int().optional(),
  results: z.array(EvalResult),
})
export type EvalItem = z.output<typeof EvalItem>

export const ComparedEvaluator = z.object({
  name: z.string(),
  /** `changed`: it measures something else by now; `added`: the earlier eval lacks it; `unscored`: no case was scored in both. */
  notCompared: z.enum(['changed', 'added', 'unscored']).optional(),
  /** Cases of one version that both have scored. */
  cases: z.number().int(),
  before: z.number().optional(),
  after: z.number().optional(),
  /** Mean of the cases' differences. */
  delta: z.number().optional(),
  /** 95 % interval of it, by the bootstrap over cases. */
  interval: z.object({ low: z.number(), high: z.number() }).optional(),
  better: z.number().int(),
  worse: z.number().int(),
  same: z.number().int(),
  /** Two-sided, of the exact sign test. */
  pValue: z.number().optional(),
  /** `unclear`: the cases do not tell it from chance, which is not to say that nothing has changed. */
  verdict: z.enum(['better', 'worse', 'same', 'unclear', 'too_few_cases']).optional(),
})
export type ComparedEvaluator = z.output<typeof ComparedEvaluator>

/** An eval beside an earlier one of its data set, case by case. */
export const EvalComparison = z.object({
  against: Eval.pick({ id: true, createdAt: true, note: true, model: true, models: true, prompts: true }),
  /** How many cases are asked in both, in the same version. Nothing else is compared. */
  sameCases: z.number().int(),
  /** Names of cases that both have, in different versions. */
  changedCases: z.array(z.string()),
  addedCases: z.array(z.string()),
  removedCases: z.array(z.string()),
  evaluators: z.array(ComparedEvaluator),
  /** Cases that got worse, the most first. */
  worse: z.array(z.object({ case: z.string(), evaluator: z.string(), before: z.number(), after: z.number() })),
  /** Cases that were answered before and whose runs failed now. */
  newlyFailed: z.array(z.string()),
})
export type EvalComparison = z.output<typeof EvalComparison>

export const EvalDetail = Eval.extend({
  evaluators: z.array(Evaluator),
  items: z.array(EvalItem),
  /** Absent where there is no earlier one. */
  comparison: EvalComparison.optional(),
})
export type EvalDetail = z.output<typeof EvalDetail>

/** An eval starts at most this many runs. */
export const maxEvalItems = 1000

export const StartEval = z.strictObject({
  /** Slug of the data set. */
  dataset: Slug,
  repeat: z.number().int().min(1).max(20).default(1),
  note: z.string().trim().max(500).default(''),
  /** `provider:model`, asked in the place of what is configured. */
  model: z.string().min(1).max(200).optional(),
  /** Versions that are asked in the place of those in force, for these runs alone; 0 is the code's. */
  prompts: z
    .array(z.strictObject({ key: z.string().min(1).max(200), version: z.number().int().min(0).max(1_000_000_000) }))
    .max(50)
    .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'must name each prompt once')
    .default([]),
})

export const startEval = defineRoute({
  id: 'startEval',
  method: 'post',
  path: '/v1/evals',
  tag: 'evals',
  summary: 'Asks every case of a data set, in the background, and measures the answers',
  request: { body: StartEval },
  responses: { 201: { description: 'The eval', schema: Eval } },
  permission: 'runs:write',
  audit: 'eval.started',
})

export const listEvals = defineRoute({
  id: 'listEvals',
  method: 'get',
  path: '/v1/evals',
  tag: 'evals',
  summary: 'What was measured, newest first',
  request: { query: Page.extend({ dataset: Slug.optional() }) },
  responses: {
    200: { description: 'A page of them', schema: z.object({ evals: z.array(Eval), nextBefore: Id.optional() }) },
  },
  permission: 'runs:read',
  audit: null,
})

export const getEval = defineRoute({
  id: 'getEval',
  method: 'get',
  path: '/v1/evals/{id}',
  tag: 'evals',
  summary: 'An eval with every answer, compared with the newest finished one before it, or with the one that is named',
  request: { params: IdParams, query: z.strictObject({ against: Id.optional() }) },
  responses: { 200: { description: 'The eval', schema: EvalDetail } },
  permission: 'runs:read',
  audit: null,
})

export const cancelEval = defineRoute({
  id: 'cancelEval',
  method: 'post',
  path: '/v1/evals/{id}/cancel',
  tag: 'evals',
  summary: 'Calls it off with its runs; one that is over stays as it is',
  request: { params: IdParams },
  responses: { 200: { description: 'The eval', schema: Eval } },
  permission: 'runs:write',
  audit: 'eval.cancelled',
})
