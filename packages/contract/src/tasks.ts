import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment, Page, Slug } from './values.ts'

export const TaskStatus = z.enum(['open', 'in_progress', 'done', 'cancelled'])
export type TaskStatus = z.output<typeof TaskStatus>

export const TaskPriority = z.enum(['low', 'normal', 'high'])
export type TaskPriority = z.output<typeof TaskPriority>

/** A piece of work for a person of the organization. */
export const Task = z.object({
  id: Id,
  title: z.string(),
  /** Plain text. Of an agent's task it may quote what somebody outside wrote. */
  description: z.string(),
  status: TaskStatus,
  priority: TaskPriority,
  /** Slug of the brand that it is about. */
  brand: z.string().optional(),
  /** Who is to do it; absent while it is anybody's. */
  assignee: z.object({ userId: Id, name: z.string() }).optional(),
  dueAt: Moment.optional(),
  /** The run that left it to people. */
  runId: Id.optional(),
  /** The conversation in which somebody waits. */
  conversationId: Id.optional(),
  /** `user:ID`, `api_key:ID`, `cli` or `run:ID`. */
  createdBy: z.string(),
  /** When and by whom it was done, or called off. */
  completedAt: Moment.optional(),
  completedBy: z.string().optional(),
  createdAt: Moment,
  updatedAt: Moment,
})
export type Task = z.output<typeof Task>

const Title = z.string().trim().min(1, 'must not be empty').max(200)
const Description = z.string().trim().max(10_000)

export const CreateTask = z.strictObject({
  title: Title,
  description: Description.default(''),
  priority: TaskPriority.default('normal'),
  brand: Slug.optional(),
  /** The user id of a member. */
  assigneeId: Id.optional(),
  dueAt: Moment.optional(),
  conversationId: Id.optional(),
})

/** What is absent stays. */
export const ChangeTask = z.strictObject({
  title: Title.optional(),
  description: Description.optional(),
  status: TaskStatus.optional(),
  priority: TaskPriority.optional(),
  /** The user id of a member; null: anybody's. */
  assigneeId: Id.nullable().optional(),
  /** Null: at no certain time. */
  dueAt: Moment.nullable().optional(),
})
export type ChangeTask = z.output<typeof ChangeTask>

export const listTasks = defineRoute({
  id: 'listTasks',
  method: 'get',
  path: '/v1/tasks',
  tag: 'tasks',
  summary: 'Work for people, newest first',
  request: {
    query: Page.extend({
      /** `unfinished`: open or in progress. */
      status: z.enum([...TaskStatus.options, 'unfinished']).optional(),
      /** A member's user id, `me`, or `none` for what is anybody's. */
      assignee: z.union([Id, z.enum(['me', 'none'])]).optional(),
      brand: Slug.optional(),
    }),
  },
  responses: {
    200: { description: 'A page of it', schema: z.object({ tasks: z.array(Task), nextBefore: Id.optional() }) },
  },
  permission: 'tasks:read',
  audit: null,
})

export const createTask = defineRoute({
  id: 'createTask',
  method: 'post',
  path: '/v1/tasks',
  tag: 'tasks',
  summary: 'Writes down a task for a person',
  request: { body: CreateTask },
  responses: { 201: { description: 'The task', schema: Task } },
  permission: 'tasks:write',
  audit: 'task.created',
})

export const getTask = defineRoute({
  id: 'getTask',
  method: 'get',
  path: '/v1/tasks/{id}',
  tag: 'tasks',
  summary: 'A task',
  request: { params: IdParams },
  responses: { 200: { description: 'The task', schema: Task } },
  permission: 'tasks:read',
  audit: null,
})

export const changeTask = defineRoute({
  id: 'changeTask',
  method: 'patch',
  path: '/v1/tasks/{id}',
  tag: 'tasks',
  summary: 'Assigns a task, says how far it is, or words it anew',
  request: { params: IdParams, body: ChangeTask },
  responses: { 200: { description: 'The task', schema: Task } },
  permission: 'tasks:write',
  audit: 'task.changed',
})
