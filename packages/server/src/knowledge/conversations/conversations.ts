import { asId, type BrandId, newId, type PersonId, type RunId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Citation } from '../prompt-sources.ts'

export type ConversationKind = 'support' | 'chat'
export type ConversationStatus = 'open' | 'closed'
export type MessageRole = 'system' | 'user' | 'assistant' | 'tool'

export interface Conversation {
  readonly id: string
  readonly brandId: BrandId
  /** Slug of the brand. */
  readonly brand: string
  readonly kind: ConversationKind
  readonly status: ConversationStatus
  readonly subject: string
  readonly personId: PersonId | undefined
  readonly messages: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Message {
  readonly id: string
  readonly role: MessageRole
  readonly author: string
  readonly body: string
  readonly citations: readonly Citation[]
  readonly runId: RunId | undefined
  readonly createdAt: Date
}

const select = (tx: TenantTx) =>
  tx
    .selectFrom('conversations as c')
    .innerJoin('brands as b', (join) =>
      join.onRef('b.organization_id', '=', 'c.organization_id').onRef('b.id', '=', 'c.brand_id'),
    )
    .select((eb) => [
      'c.id',
      'c.brand_id',
      'b.slug as brand',
      'c.kind',
      'c.status',
      'c.subject',
      'c.person_id',
      'c.created_by',
      'c.created_at',
      'c.updated_at',
      eb
        .selectFrom('messages as m')
        .select(sql<number>`count(*)::int`.as('count'))
        .whereRef('m.organization_id', '=', 'c.organization_id')
        .whereRef('m.conversation_id', '=', 'c.id')
        .as('messages'),
    ])
    .where('c.organization_id', '=', tx.organizationId)

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number]

const toConversation = (row: Row): Conversation => ({
  id: row.id,
  brandId: asId(row.brand_id),
  brand: row.brand,
  kind: row.kind,
  status: row.status,
  subject: row.subject,
  personId: row.person_id === null ? undefined : asId(row.person_id),
  messages: row.messages ?? 0,
  createdBy: row.created_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** The organization's conversations, newest first: at most `limit`, all older than the id `before`. */
export async function listConversations(
  tx: TenantTx,
  {
    limit,
    before,
    status,
  }: { readonly limit: number; readonly before?: string | undefined; readonly status?: ConversationStatus | undefined },
): Promise<readonly Conversation[]> {
  const rows = await select(tx)
    .orderBy('c.id', 'desc')
    .limit(limit)
    .$if(before !== undefined, (query) => query.where('c.id', '<', before ?? ''))
    .$if(status !== undefined, (query) => query.where('c.status', '=', status ?? 'open'))
    .execute()
  return rows.map(toConversation)
}

/** A conversation by its id; undefined where there is none in this organization. */
export async function findConversation(tx: TenantTx, id: string): Promise<Conversation | undefined> {
  const row = await select(tx).where('c.id', '=', id).executeTakeFirst()
  return row && toConversation(row)
}

/** The newest messages of a conversation, in their order: at most `limit`. */
export async function listMessages(
  tx: TenantTx,
  { conversationId, limit }: { readonly conversationId: string; readonly limit: number },
): Promise<readonly Message[]> {
  const rows = await tx
    .selectFrom('messages')
    .select(['id', 'role', 'author', 'body', 'citations', 'run_id', 'created_at'])
    .where('organization_id', '=', tx.organizationId)
    .where('conversation_id', '=', conversationId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.toReversed().map((row) => ({
    id: row.id,
    role: row.role,
    author: row.author,
    body: row.body,
    // Written by this room alone.
    citations: row.citations as readonly Citation[],
    runId: row.run_id === null ? undefined : asId(row.run_id),
    createdAt: row.created_at,
  }))
}

/** Begins a conversation with a brand; without a message yet. */
export async function createConversation(
  tx: TenantTx,
  conversation: {
    readonly brandId: BrandId
    readonly kind: ConversationKind
    readonly subject: string
    readonly personId: PersonId | undefined
    readonly createdBy: string
  },
): Promise<string> {
  const id = newId()
  await tx
    .insertInto('conversations')
    .values({
      organization_id: tx.organizationId,
      id,
      brand_id: conversation.brandId,
      kind: conversation.kind,
      subject: conversation.subject,
      person_id: conversation.personId ?? null,
      created_by: conversation.createdBy,
    })
    .execute()
  return id
}

export interface NewMessage {
  readonly conversationId: string
  readonly role: MessageRole
  readonly author: string
  readonly body: string
  readonly citations?: readonly Citation[]
  readonly runId?: RunId
}

/**
 * Adds a message, and opens the conversation again where somebody asks in a closed one. The conversation's row is held,
 * so that messages stand in the order of their ids. Undefined where there is no such conversation.
 */
export async function addMessage(tx: TenantTx, message: NewMessage): Promise<string | undefined> {
  const reopens = message.role === 'user'
  const held = await tx
    .updateTable('conversations')
    .set((eb) => ({ updated_at: sql<Date>`clock_timestamp()`, status: reopens ? 'open' : eb.ref('status') }))
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', message.conversationId)
    .returning('id')
    .executeTakeFirst()
  if (!held) return undefined
  const id = newId()
  await tx
    .insertInto('messages')
    .values({
      organization_id: tx.organizationId,
      id,
      conversation_id: message.conversationId,
      role: message.role,
      author: message.author,
      body: message.body,
      citations: jsonb(message.citations ?? []),
      run_id: message.runId ?? null,
    })
    .execute()
  return id
}

/** Closes a conversation, or opens it again. False where there is none. */
export async function setConversationStatus(
  tx: TenantTx,
  { id, status }: { readonly id: string; readonly status: ConversationStatus },
): Promise<boolean> {
  const changed = await tx
    .updateTable('conversations')
    .set({ status, updated_at: sql<Date>`clock_timestamp()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}
