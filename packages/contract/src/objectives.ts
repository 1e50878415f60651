import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Day, Id, IdParams, Moment } from './values.ts'

export const ObjectiveState = z.enum(['open', 'reached', 'dropped'])
export type ObjectiveState = z.output<typeof ObjectiveState>

/** What the organization wants to come to with a person: win them back, a demo by March. */
export const Objective = z.object({
  id: Id,
  personId: Id,
  text: z.string(),
  state: ObjectiveState,
  /** The day by which it should be reached. */
  dueOn: Day.optional(),
  createdBy: z.string(),
  createdAt: Moment,
  /** Who said that it is reached or dropped, and when; absent while it is open. */
  closedBy: z.string().optional(),
  closedAt: Moment.optional(),
})
export type Objective = z.output<typeof Objective>

export const addPersonObjective = defineRoute({
  id: 'addPersonObjective',
  method: 'post',
  path: '/v1/people/{id}/objectives',
  tag: 'people',
  summary: 'Sets what you want to come to with a person',
  request: {
    params: IdParams,
    body: z.strictObject({
      text: z.string().trim().min(1).max(500),
      dueOn: Day.optional(),
    }),
  },
  responses: { 201: { description: 'The objective', schema: Objective } },
  permission: 'people:write',
  audit: 'person.objective_set',
})

export const setObjectiveState = defineRoute({
  id: 'setObjectiveState',
  method: 'put',
  path: '/v1/objectives/{id}/state',
  tag: 'people',
  summary: 'Says that an objective is reached or dropped, or opens it again',
  request: { params: IdParams, body: z.strictObject({ state: ObjectiveState }) },
  responses: { 200: { description: 'The objective', schema: Objective } },
  permission: 'people:write',
  audit: 'person.objective_changed',
})
