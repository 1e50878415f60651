import { v7 } from 'uuid'

declare const kind: unique symbol
/** A UUIDv7 that says what it names, so that a run's id cannot be handed where an organization's is wanted. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind }

export type OrganizationId = Id<'organization'>
export type UserId = Id<'user'>
export type BrandId = Id<'brand'>
export type DatasetId = Id<'dataset'>
export type DocumentId = Id<'document'>
export type ChunkId = Id<'chunk'>
export type AgentId = Id<'agent'>
export type RunId = Id<'run'>
export type LlmCallId = Id<'llm_call'>
export type ToolExecutionId = Id<'tool_execution'>
export type ApprovalId = Id<'approval'>
export type ConnectionId = Id<'connection'>
export type JobId = Id<'job'>
export type ApiKeyId = Id<'api_key'>
export type AuditLogId = Id<'audit_log'>
export type PersonId = Id<'person'>
export type IdentityId = Id<'identity'>
export type SuppressionId = Id<'suppression'>
export type TopicId = Id<'topic'>
export type WebhookEndpointId = Id<'webhook_endpoint'>
export type WebhookMessageId = Id<'webhook_message'>
export type WebhookAttemptId = Id<'webhook_attempt'>
export type DeliveryId = Id<'delivery'>
export type TriggerId = Id<'trigger'>
export type ScheduleId = Id<'schedule'>
export type ScheduleFiringId = Id<'schedule_firing'>
export type EvalId = Id<'eval'>
export type WorkerId = Id<'worker'>

/** A fresh UUIDv7 (RFC 9562): ordered by its millisecond of birth, so that a month of runs is a range of ids. */
export function newId<Kind extends string>(): Id<Kind> {
  return asId(v7())
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Says whether `text` has the form of an id. A foreign id has it too: only the database knows whose it is. */
export function isId(text: string): boolean {
  return uuidPattern.test(text)
}

/** Brands text that is known to be an id of this kind: a column of that table, or a parsed parameter. */
export function asId<Kind extends string>(text: string): Id<Kind> {
  return text as Id<Kind>
}
