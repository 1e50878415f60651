import { NeonHubError } from '../../base/errors.ts'
import { asId, type BrandId, newId, type PersonId, type RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export type MemoryKind = 'fact' | 'preference' | 'lesson'
export type MemoryStatus = 'proposed' | 'active'

export interface Memory {
  readonly id: string
  /** Slug of the brand. */
  readonly brand: string
  readonly kind: MemoryKind
  readonly status: MemoryStatus
  readonly text: string
  /** The one agent that is told; undefined for all. */
  readonly agent: string | undefined
  readonly pinned: boolean
  readonly expiresAt: Date | undefined
  /** Id of the newer wording. */
  readonly replacedBy: string | undefined
  readonly personId: PersonId | undefined
  readonly createdBy: string
  readonly runId: RunId | undefined
  readonly stepKey: string | undefined
  readonly acceptedBy: string | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

const select = (tx: TenantTx) =>
  tx
    .selectFrom('agent_memories as m')
    .innerJoin('brands as b', (join) =>
      join.onRef('b.organization_id', '=', 'm.organization_id').onRef('b.id', '=', 'm.brand_id'),
    )
    .select([
      'm.id',
      'b.slug as brand',
      'm.kind',
      'm.status',
      'm.text',
      'm.agent',
      'm.pinned',
      'm.expires_at',
      'm.replaced_by',
      'm.person_id',
      'm.created_by',
      'm.run_id',
      'm.step_key',
      'm.accepted_by',
      'm.created_at',
      'm.updated_at',
    ])
    .where('m.organization_id', '=', tx.organizationId)

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number]

const toMemory = (row: Row): Memory => ({
  id: row.id,
  brand: row.brand,
  kind: row.kind,
  status: row.status,
  text: row.text,
  agent: row.agent ?? undefined,
  pinned: row.pinned,
  expiresAt: row.expires_at ?? undefined,
  replacedBy: row.replaced_by ?? undefined,
  personId: row.person_id === null ? undefined : asId(row.person_id),
  createdBy: row.created_by,
  runId: row.run_id === null ? undefined : asId(row.run_id),
  stepKey: row.step_key ?? undefined,
  acceptedBy: row.accepted_by ?? undefined,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** What is remembered, newest first: at most `limit`, all older than the id `before`. */
export async function listMemories(
  tx: TenantTx,
  {
    limit,
    before,
    brand,
    status,
  }: {
    readonly limit: number
    readonly before?: string | undefined
    /** Slug of the one brand. */
    readonly brand?: string | undefined
    readonly status?: MemoryStatus | undefined
  },
): Promise<readonly Memory[]> {
  let query = select(tx).orderBy('m.id', 'desc').limit(limit)
  if (before !== undefined) query = query.where('m.id', '<', before)
  if (brand !== undefined) query = query.where('b.slug', '=', brand)
  if (status !== undefined) query = query.where('m.status', '=', status)
  return (await query.execute()).map(toMemory)
}

/** A memory by its id; undefined where there is none in this organization. */
export async function findMemory(tx: TenantTx, id: string): Promise<Memory | undefined> {
  const row = await select(tx).where('m.id', '=', id).executeTakeFirst()
  return row && toMemory(row)
}

export interface NewMemory {
  readonly brandId: BrandId
  readonly kind: MemoryKind
  /** At most 2,000 characters. */
  readonly text: string
  readonly agent?: string | undefined
  readonly personId?: PersonId | undefined
  readonly pinned?: boolean
  readonly expiresAt?: Date | undefined
}

/** Of a brand at most so many are in use or proposed: recall compares them all, and embeds what lacks a vector at once. */
export const mostMemories = 500

/**
 * Writes down what a person wants remembered; agents are told from now on. With `replaces`, that memory is no longer told.
 * Throws `knowledge.memories_full`, and `knowledge.memory_replaced` where another has replaced it, or it is not the brand's.
 */
export async function createMemory(
  tx: TenantTx,
  {
    replaces,
    createdBy,
    ...memory
  }: NewMemory & { readonly createdBy: string; readonly replaces?: string | undefined },
): Promise<string> {
  const standing = await countMemories(tx, memory.brandId)
  if (standing >= mostMemories && replaces === undefined) throw full()
  const id = newId()
  await tx
    .insertInto('agent_memories')
    .values({ ...valuesOf(tx, memory), id, status: 'active', created_by: createdBy })
    .execute()
  if (replaces === undefined) return id
  const replaced = await tx
    .updateTable('agent_memories')
    .set({ replaced_by: id, updated_at: sql<Date>`clock_timestamp()` })
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', memory.brandId)
    .where('id', '=', replaces)
    .where('replaced_by', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (!replaced) throw alreadyReplaced()
  return id
}

/**
 * Writes down what a run learned from a message of a conversation, once for each message. Where text from outside has
 * reached the run, it is only proposed: no agent is told before a person accepts it. Undefined where the message's is
 * there already, or the brand has as many as it may.
 */
export async function rememberForRun(
  tx: TenantTx,
  {
    runId,
    stepKey,
    messageId,
    ...memory
  }: NewMemory & { readonly runId: RunId; readonly stepKey: string; readonly messageId: string },
): Promise<string | undefined> {
  if ((await countMemories(tx, memory.brandId)) >= mostMemories) return undefined
  const run = await tx
    .selectFrom('agent_runs')
    .select('tainted')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .executeTakeFirstOrThrow()
  const written = await tx
    .insertInto('agent_memories')
    .values({
      ...valuesOf(tx, memory),
      id: newId(),
      status: run.tainted ? 'proposed' : 'active',
      created_by: `run:${runId}`,
      run_id: runId,
      step_key: stepKey,
      message_id: messageId,
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'message_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return written?.id
}

const valuesOf = (tx: TenantTx, { brandId, kind, text, agent, personId, pinned, expiresAt }: NewMemory) => ({
  organization_id: tx.organizationId,
  brand_id: brandId,
  kind,
  text,
  agent: agent ?? null,
  person_id: personId ?? null,
  pinned: pinned ?? false,
  expires_at: expiresAt ?? null,
})

export interface MemoryChange {
  readonly pinned?: boolean | undefined
  /** Null for never. */
  readonly expiresAt?: Date | null | undefined
  /** Null for all agents. */
  readonly agent?: string | null | undefined
  /** Who accepts a proposed one; nothing where nobody does. */
  readonly acceptedBy?: string | undefined
}

/** Changes who is told and for how long, or accepts a proposed memory. False where there is none. */
export async function updateMemory(
  tx: TenantTx,
  { id, pinned, expiresAt, agent, acceptedBy }: MemoryChange & { readonly id: string },
): Promise<boolean> {
  const changed = await tx
    .updateTable('agent_memories')
    .set({
      updated_at: sql<Date>`clock_timestamp()`,
      ...(pinned === undefined ? {} : { pinned }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      ...(agent === undefined ? {} : { agent }),
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (changed && acceptedBy !== undefined) await accept(tx, { id, acceptedBy })
  return changed !== undefined
}

/** The first yes stands: one who says it again changes nothing. */
async function accept(tx: TenantTx, { id, acceptedBy }: { readonly id: string; readonly acceptedBy: string }) {
  await tx
    .updateTable('agent_memories')
    .set({ status: 'active', accepted_by: acceptedBy, accepted_at: sql<Date>`clock_timestamp()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', '=', 'proposed')
    .execute()
}

/** Forgets a memory, and the earlier wordings that it replaced. */
export async function deleteMemory(tx: TenantTx, id: string): Promise<void> {
  await tx.deleteFrom('agent_memories').where('organization_id', '=', tx.organizationId).where('id', '=', id).execute()
}

async function countMemories(tx: TenantTx, brandId: BrandId): Promise<number> {
  const { count } = await tx
    .selectFrom('agent_memories')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .where('replaced_by', 'is', null)
    .where(sql<boolean>`(expires_at is null or expires_at > now())`)
    .executeTakeFirstOrThrow()
  return count
}

const full = () =>
  new NeonHubError('knowledge.memories_full', `This brand remembers ${mostMemories} things, which is the most`, {
    kind: 'conflict',
    hint: 'Forget some, or import what is lasting as a document: agents search those.',
  })

const alreadyReplaced = () =>
  new NeonHubError('knowledge.memory_replaced', 'This brand has no such memory that is still told', {
    kind: 'conflict',
    hint: 'Replace its newest wording: neonhub memories lists them.',
  })
