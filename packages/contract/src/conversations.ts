import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Citation } from './runs.ts'
import { Id, IdParams, Moment, Page, Slug } from './values.ts'

export const ConversationStatus = z.enum(['open', 'closed'])

/** A thread of messages with a brand. */
export const Conversation = z.object({
  id: Id,
  /** Slug of the brand. */
  brand: z.string(),
  /** `support`: somebody from outside asks. `chat`: somebody of the organization does. */
  kind: z.enum(['support', 'chat']),
  status: ConversationStatus,
  subject: z.string(),
  /** Who asks, where they are known. */
  personId: Id.optional(),
  /** How many there are. */
  messages: z.number().int(),
  createdBy: z.string(),
  createdAt: Moment,
  updatedAt: Moment,
})
export type Conversation = z.output<typeof Conversation>

export const Message = z.object({
  id: Id,
  /** `user`: who asks. `assistant`: the brand, by an agent or by a person of the organization. */
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  /** `person:ID`, `user:ID`, `api_key:ID`, `cli` or `run:ID`. */
  author: z.string(),
  body: z.string(),
  citations: z.array(Citation),
  /** The run that wrote it. */
  runId: Id.optional(),
  createdAt: Moment,
})
export type Message = z.output<typeof Message>

const Body = z.string().trim().min(1, 'must not be empty').max(20_000)

export const CreateConversation = z.strictObject({
  brand: Slug,
  kind: z.enum(['support', 'chat']).default('support'),
  subject: z.string().trim().max(300).default(''),
  personId: Id.optional(),
  /** What is asked first. */
  message: Body.optional(),
})

export const ConversationDetail = z.object({
  conversation: Conversation,
  /** The newest two hundred, in their order. */
  messages: z.array(Message),
})
export type ConversationDetail = z.output<typeof ConversationDetail>

export const listConversations = defineRoute({
  id: 'listConversations',
  method: 'get',
  path: '/v1/conversations',
  tag: 'conversations',
  summary: 'The conversations of the organization, newest first',
  request: { query: Page.extend({ status: ConversationStatus.optional() }) },
  responses: {
    200: {
      description: 'A page of them',
      schema: z.object({ conversations: z.array(Conversation), nextBefore: Id.optional() }),
    },
  },
  permission: 'people:read',
  audit: null,
})

export const createConversation = defineRoute({
  id: 'createConversation',
  method: 'post',
  path: '/v1/conversations',
  tag: 'conversations',
  summary: 'Begins a conversation with a brand; ask SupportAgent’s support to have it answered',
  request: { body: CreateConversation },
  responses: { 201: { description: 'The conversation', schema: ConversationDetail } },
  permission: 'people:write',
  audit: 'conversation.created',
})

export const getConversation = defineRoute({
  id: 'getConversation',
  method: 'get',
  path: '/v1/conversations/{id}',
  tag: 'conversations',
  summary: 'A conversation with its messages',
  request: { params: IdParams },
  responses: { 200: { description: 'The conversation', schema: ConversationDetail } },
  permission: 'people:read',
  audit: null,
})

export const addMessage = defineRoute({
  id: 'addMessage',
  method: 'post',
  path: '/v1/conversations/{id}/messages',
  tag: 'conversations',
  summary: 'Adds what somebody said; a question opens a closed conversation again',
  request: {
    params: IdParams,
    body: z.strictObject({
      /** `user` for who asks, `assistant` for an answer by a person of the organization. */
      role: z.enum(['user', 'assistant']),
      body: Body,
    }),
  },
  responses: { 201: { description: 'The conversation', schema: ConversationDetail } },
  permission: 'people:write',
  audit: 'conversation.message_added',
})

export const setConversationStatus = defineRoute({
  id: 'setConversationStatus',
  method: 'put',
  path: '/v1/conversations/{id}/status',
  tag: 'conversations',
  summary: 'Closes a conversation, or opens it again',
  request: { params: IdParams, body: z.strictObject({ status: ConversationStatus }) },
  responses: { 200: { description: 'The conversation', schema: ConversationDetail } },
  permission: 'people:write',
  audit: 'conversation.status_set',
})
