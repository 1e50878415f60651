import { z } from 'zod'
import { Evaluator, Evaluators } from './evaluators.ts'
import { defineRoute } from './route.ts'
import { Id, JsonObject, Moment, Slug } from './values.ts'

const CaseName = z.string().trim().min(1, 'must not be empty').max(100)
const Tags = z.array(z.string().trim().min(1).max(50)).max(20)

/** One thing that an agent is asked, to see how it answers. */
export const EvalCase = z.object({
  id: Id,
  /** Unique within the data set. */
  name: z.string(),
  /** From 1. A changed case is another version; evals name the one that they asked. */
  version: z.number().int(),
  input: z.unknown(),
  /** What a good answer is or has, for `equals` and for judges. */
  expected: z.unknown().optional(),
  tags: z.array(z.string()),
  /** The run that it was taken from. */
  sourceRunId: Id.optional(),
  createdBy: z.string(),
  createdAt: Moment,
})
export type EvalCase = z.output<typeof EvalCase>

/** Cases of one intent with what its answers are measured by. */
export const EvalDataset = z.object({
  id: Id,
  slug: z.string(),
  agent: z.string(),
  intent: z.string(),
  /** Slug of the brand that its runs work for. */
  brand: z.string().optional(),
  description: z.string(),
  evaluators: z.array(Evaluator),
  /** Grows with each change of the evaluators. */
  evaluatorsVersion: z.number().int(),
  /** How many cases it has. */
  caseCount: z.number().int(),
  createdBy: z.string(),
  createdAt: Moment,
  updatedAt: Moment,
})
export type EvalDataset = z.output<typeof EvalDataset>

export const EvalDatasetDetail = EvalDataset.extend({ cases: z.array(EvalCase) })
export type EvalDatasetDetail = z.output<typeof EvalDatasetDetail>

/** At most this many cases are in force in a data set. */
export const maxEvalCases = 500

export const NewEvalCase = z.strictObject({
  name: CaseName,
  /** What the intent takes. */
  input: JsonObject,
  expected: z.unknown().optional(),
  tags: Tags.default([]),
})

const NewEvalCases = z.array(NewEvalCase).max(maxEvalCases)

/** The whole of a data set but for cases that are not named: those stay. */
export const PutEvalDataset = z.strictObject({
  /** Agent, intent and brand of one that is there do not change. */
  agent: z.string().min(1).max(100),
  intent: z.string().min(1).max(100),
  brand: Slug.optional(),
  /** What is absent stays. */
  description: z.string().trim().max(2000).optional(),
  evaluators: Evaluators.optional(),
  cases: NewEvalCases.optional(),
})
export type PutEvalDataset = z.output<typeof PutEvalDataset>

/** What became of cases that were handed in. */
export const AddedEvalCases = z.object({
  added: z.array(z.string()),
  /** There was one of this name with another content, which is its earlier version now. */
  changed: z.array(z.string()),
  unchanged: z.array(z.string()),
})
export type AddedEvalCases = z.output<typeof AddedEvalCases>

const SlugParams = z.strictObject({ slug: Slug })

export const listEvalDatasets = defineRoute({
  id: 'listEvalDatasets',
  method: 'get',
  path: '/v1/eval-datasets',
  tag: 'evals',
  summary: 'The data sets of cases, by name',
  request: {},
  responses: { 200: { description: 'The data sets', schema: z.object({ datasets: z.array(EvalDataset) }) } },
  permission: 'runs:read',
  audit: null,
})

export const getEvalDataset = defineRoute({
  id: 'getEvalDataset',
  method: 'get',
  path: '/v1/eval-datasets/{slug}',
  tag: 'evals',
  summary: 'A data set with its evaluators and cases',
  request: { params: SlugParams },
  responses: { 200: { description: 'The data set', schema: EvalDatasetDetail } },
  permission: 'runs:read',
  audit: null,
})

export const putEvalDataset = defineRoute({
  id: 'putEvalDataset',
  method: 'put',
  path: '/v1/eval-datasets/{slug}',
  tag: 'evals',
  summary: 'Makes a data set, or sets the evaluators of one that is there and adds cases to it',
  request: { params: SlugParams, body: PutEvalDataset },
  responses: {
    200: {
      description: 'The data set, and what became of the cases',
      schema: EvalDataset.extend(AddedEvalCases.shape),
    },
  },
  permission: 'runs:write',
  audit: 'eval_dataset.set',
})

export const deleteEvalDataset = defineRoute({
  id: 'deleteEvalDataset',
  method: 'delete',
  path: '/v1/eval-datasets/{slug}',
  tag: 'evals',
  summary: 'Forgets a data set with its cases and the history of its evals; runs stay',
  request: { params: SlugParams },
  responses: { 200: { description: 'What is forgotten', schema: EvalDataset } },
  permission: 'runs:write',
  audit: 'eval_dataset.deleted',
})

export const addEvalCases = defineRoute({
  id: 'addEvalCases',
  method: 'post',
  path: '/v1/eval-datasets/{slug}/cases',
  tag: 'evals',
  summary: 'Adds cases; a name that is there gets another version',
  request: { params: SlugParams, body: z.strictObject({ cases: NewEvalCases.min(1) }) },
  responses: { 200: { description: 'What became of them', schema: AddedEvalCases } },
  permission: 'runs:write',
  audit: 'eval_cases.added',
})

export const addEvalCaseOfRun = defineRoute({
  id: 'addEvalCaseOfRun',
  method: 'post',
  path: '/v1/eval-datasets/{slug}/cases/of-run',
  tag: 'evals',
  summary: 'Adds a run of the data set’s agent, intent and brand as a case, by its input',
  request: {
    params: SlugParams,
    body: z.strictObject({
      runId: Id,
      /** `run` and the run's id where absent. */
      name: CaseName.optional(),
      /** Whether what it answered is what is expected. */
      withOutput: z.boolean().default(false),
      tags: Tags.default([]),
    }),
  },
  responses: { 200: { description: 'What became of it', schema: AddedEvalCases } },
  permission: 'runs:write',
  audit: 'eval_cases.added',
})

export const removeEvalCase = defineRoute({
  id: 'removeEvalCase',
  method: 'delete',
  path: '/v1/eval-datasets/{slug}/cases/{name}',
  tag: 'evals',
  summary: 'Takes a case out; evals that asked it keep it',
  request: { params: z.strictObject({ slug: Slug, name: CaseName }) },
  responses: { 200: { description: 'The case', schema: EvalCase } },
  permission: 'runs:write',
  audit: 'eval_case.removed',
})
