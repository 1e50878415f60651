import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment, Page, Slug } from './values.ts'

/** `fact`: how things are. `preference`: how the brand wants them. `lesson`: what came of an earlier case. */
export const MemoryKind = z.enum(['fact', 'preference', 'lesson'])

/** `proposed`: a run that text from outside had reached wrote it; no agent is told before a person accepts it. */
export const MemoryStatus = z.enum(['proposed', 'active'])

/** What agents are told of a brand beside its documents. */
export const Memory = z.object({
  id: Id,
  /** Slug of the brand. */
  brand: z.string(),
  kind: MemoryKind,
  status: MemoryStatus,
  text: z.string(),
  /** The one agent that is told; absent for all. */
  agent: z.string().optional(),
  /** Recalled before all others, whatever is asked. */
  pinned: z.boolean(),
  /** From then on no agent is told. */
  expiresAt: Moment.optional(),
  /** The newer wording, which is told instead. */
  replacedBy: Id.optional(),
  /** Whom it is about. */
  personId: Id.optional(),
  /** `user:ID`, `api_key:ID`, `cli` or `run:ID`. */
  createdBy: z.string(),
  /** The run that wrote it, and its step. */
  runId: Id.optional(),
  stepKey: z.string().optional(),
  /** Who said yes to a proposed one. */
  acceptedBy: z.string().optional(),
  createdAt: Moment,
  updatedAt: Moment,
})
export type Memory = z.output<typeof Memory>

const AgentName = z.string().min(1).max(100)

export const CreateMemory = z.strictObject({
  brand: Slug,
  text: z.string().trim().min(1, 'must not be empty').max(2000),
  kind: MemoryKind.default('fact'),
  /** The one agent that is told; all where absent. */
  agent: AgentName.optional(),
  pinned: z.boolean().default(false),
  expiresAt: Moment.optional(),
  /** Whom it is about: erasing them forgets it. */
  personId: Id.optional(),
  /** The memory that is told no longer, since this one is. */
  replaces: Id.optional(),
})

/** What is absent stays. */
export const ChangeMemory = z.strictObject({
  /** Lets agents be told of a proposed memory. */
  accept: z.literal(true).optional(),
  pinned: z.boolean().optional(),
  /** Null: never. */
  expiresAt: Moment.nullable().optional(),
  /** Null: all agents. */
  agent: AgentName.nullable().optional(),
})

export const listMemories = defineRoute({
  id: 'listMemories',
  method: 'get',
  path: '/v1/memories',
  tag: 'memories',
  summary: 'What is remembered of the organization’s brands, newest first',
  request: { query: Page.extend({ brand: Slug.optional(), status: MemoryStatus.optional() }) },
  responses: {
    200: {
      description: 'A page of them',
      schema: z.object({ memories: z.array(Memory), nextBefore: Id.optional() }),
    },
  },
  permission: 'brands:read',
  audit: null,
})

export const createMemory = defineRoute({
  id: 'createMemory',
  method: 'post',
  path: '/v1/memories',
  tag: 'memories',
  summary: 'Has something remembered of a brand; agents are told from now on',
  request: { body: CreateMemory },
  responses: { 201: { description: 'The memory', schema: Memory } },
  permission: 'brands:write',
  audit: 'memory.created',
})

export const getMemory = defineRoute({
  id: 'getMemory',
  method: 'get',
  path: '/v1/memories/{id}',
  tag: 'memories',
  summary: 'A memory',
  request: { params: IdParams },
  responses: { 200: { description: 'The memory', schema: Memory } },
  permission: 'brands:read',
  audit: null,
})

export const changeMemory = defineRoute({
  id: 'changeMemory',
  method: 'patch',
  path: '/v1/memories/{id}',
  tag: 'memories',
  summary: 'Accepts a proposed memory, pins one, or changes who is told and for how long',
  request: { params: IdParams, body: ChangeMemory },
  responses: { 200: { description: 'The memory', schema: Memory } },
  permission: 'brands:write',
  audit: 'memory.changed',
})

export const deleteMemory = defineRoute({
  id: 'deleteMemory',
  method: 'delete',
  path: '/v1/memories/{id}',
  tag: 'memories',
  summary: 'Forgets a memory with its earlier wordings, or refuses a proposed one',
  request: { params: IdParams },
  responses: { 200: { description: 'What is forgotten', schema: Memory } },
  permission: 'brands:write',
  audit: 'memory.deleted',
})
