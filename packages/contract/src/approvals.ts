import { z } from 'zod'
import { defineRoute } from './route.ts'
import { ActionPreview, ToolExecutionDetail } from './runs.ts'
import { ApprovalStatus } from './states.ts'
import { Id, IdParams, Moment } from './values.ts'

export const Approval = z.object({
  id: Id,
  runId: Id,
  toolExecutionId: Id,
  agent: z.string(),
  intent: z.string(),
  tool: z.string(),
  status: ApprovalStatus,
  preview: ActionPreview,
  /** SHA-256 of the canonical arguments: the exact bytes that a yes is bound to. */
  argumentsHash: z.string(),
  requestedBy: z.string(),
  /** Whether the yes has to come from another person than the one who asked for the run. */
  fourEyes: z.boolean(),
  expiresAt: Moment,
  createdAt: Moment,
  decidedBy: z.string().optional(),
  decidedAt: Moment.optional(),
  note: z.string().optional(),
})
export type Approval = z.output<typeof Approval>

const Note = z.string().trim().max(2000)

export const listApprovals = defineRoute({
  id: 'listApprovals',
  method: 'get',
  path: '/v1/approvals',
  tag: 'approvals',
  summary: 'What waits, or waited, for a person, newest first',
  request: {
    query: z.strictObject({
      status: ApprovalStatus.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      before: Id.optional(),
    }),
  },
  responses: {
    200: {
      description: 'A page of approvals',
      schema: z.object({ approvals: z.array(Approval), nextBefore: Id.optional() }),
    },
  },
  permission: 'runs:read',
  audit: null,
})

export const getApproval = defineRoute({
  id: 'getApproval',
  method: 'get',
  path: '/v1/approvals/{id}',
  tag: 'approvals',
  summary: 'One approval, with what was or is to be sent',
  request: { params: IdParams },
  responses: { 200: { description: 'The approval', schema: Approval } },
  permission: 'runs:read',
  audit: null,
})

export const approve = defineRoute({
  id: 'approve',
  method: 'post',
  path: '/v1/approvals/{id}/approve',
  tag: 'approvals',
  summary: 'Says yes to exactly what was shown',
  request: {
    params: IdParams,
    body: z.strictObject({
      /** What the person was shown. Another hash than the approval's is refused. */
      argumentsHash: z.string().optional(),
      note: Note.optional(),
    }),
  },
  responses: { 200: { description: 'The approval', schema: Approval } },
  permission: 'approvals:decide',
  audit: 'approval.approved',
})

export const deny = defineRoute({
  id: 'deny',
  method: 'post',
  path: '/v1/approvals/{id}/deny',
  tag: 'approvals',
  summary: 'Says no; the agent goes on from the refusal',
  request: { params: IdParams, body: z.strictObject({ note: Note.optional() }) },
  responses: { 200: { description: 'The approval', schema: Approval } },
  permission: 'approvals:decide',
  audit: 'approval.denied',
})

export const settleToolExecution = defineRoute({
  id: 'settleToolExecution',
  method: 'post',
  path: '/v1/tool-executions/{id}/settle',
  tag: 'approvals',
  summary: "A person's word on a call whose outcome is unknown",
  request: {
    params: IdParams,
    body: z.strictObject({ outcome: z.enum(['succeeded', 'failed']), note: Note.optional() }),
  },
  responses: { 200: { description: 'The tool execution', schema: ToolExecutionDetail } },
  permission: 'approvals:decide',
  audit: 'tool_execution.settled',
})
