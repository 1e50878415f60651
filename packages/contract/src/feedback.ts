import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment, Page, Slug } from './values.ts'

const Verdict = z.enum(['up', 'down'])

export const Feedback = z.object({
  id: Id,
  /** Slug of the brand. */
  brand: z.string(),
  /** The piece of content that it is about. */
  contentId: Id.optional(),
  /** The answer in a conversation that it is about. */
  messageId: Id.optional(),
  verdict: Verdict,
  remark: z.string(),
  /** Whether the text still stands as it stood when this was said of it. */
  isCurrent: z.boolean(),
  givenBy: z.string(),
  withdrawnBy: z.string().optional(),
  withdrawnAt: Moment.optional(),
  createdAt: Moment,
})
export type Feedback = z.output<typeof Feedback>

export const GiveFeedback = z
  .strictObject({
    contentId: Id.optional(),
    messageId: Id.optional(),
    verdict: Verdict,
    /** What should be different, or stay so. Agents that write for the brand are told it. */
    remark: z.string().trim().max(2000).default(''),
  })
  .refine(({ contentId, messageId }) => (contentId === undefined) !== (messageId === undefined), {
    message: 'must name what it is about: contentId or messageId',
    path: ['contentId'],
  })

export const giveFeedback = defineRoute({
  id: 'giveFeedback',
  method: 'post',
  path: '/v1/feedback',
  tag: 'feedback',
  summary: 'Says what is good or bad of a piece of content or an answer',
  request: { body: GiveFeedback },
  responses: { 201: { description: 'The feedback', schema: Feedback } },
  permission: 'runs:write',
  audit: 'feedback.given',
})

export const listFeedback = defineRoute({
  id: 'listFeedback',
  method: 'get',
  path: '/v1/feedback',
  tag: 'feedback',
  summary: 'What members said of texts, newest first, the withdrawn too',
  request: {
    query: Page.extend({ brand: Slug.optional(), contentId: Id.optional(), messageId: Id.optional() }),
  },
  responses: {
    200: { description: 'A page of it', schema: z.object({ feedback: z.array(Feedback), nextBefore: Id.optional() }) },
  },
  permission: 'runs:read',
  audit: null,
})

export const withdrawFeedback = defineRoute({
  id: 'withdrawFeedback',
  method: 'post',
  path: '/v1/feedback/{id}/withdraw',
  tag: 'feedback',
  summary: 'Takes back what was said; agents are told it no longer',
  request: { params: IdParams },
  responses: { 200: { description: 'The feedback', schema: Feedback } },
  permission: 'runs:write',
  audit: 'feedback.withdrawn',
})
