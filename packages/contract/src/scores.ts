import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment } from './values.ts'

const shared = {
  /** What is marked: quality, tone, facts. */
  name: z.string().trim().min(1).max(100),
  /** From 0 (bad) to 1 (good). */
  value: z.number().min(0).max(1),
  /** The step that is marked; absent where it is the whole run. */
  stepKey: z.string().min(1).max(1000).optional(),
}

export const RunScore = z.object({
  id: Id,
  runId: Id,
  ...shared,
  comment: z.string(),
  scoredBy: z.string(),
  createdAt: Moment,
})
export type RunScore = z.output<typeof RunScore>

export const CreateRunScore = z.strictObject({
  ...shared,
  name: shared.name.default('quality'),
  comment: z.string().trim().max(2000).default(''),
})

export const createRunScore = defineRoute({
  id: 'createRunScore',
  method: 'post',
  path: '/v1/runs/{id}/scores',
  tag: 'runs',
  summary: 'Puts a mark on a run, or on one of its steps',
  request: { params: IdParams, body: CreateRunScore },
  responses: { 201: { description: 'The mark', schema: RunScore } },
  permission: 'runs:write',
  audit: 'run.scored',
})

export const listRunScores = defineRoute({
  id: 'listRunScores',
  method: 'get',
  path: '/v1/runs/{id}/scores',
  tag: 'runs',
  summary: 'The marks on a run, newest first',
  request: { params: IdParams },
  responses: { 200: { description: 'The marks', schema: z.object({ scores: z.array(RunScore) }) } },
  permission: 'runs:read',
  audit: null,
})
