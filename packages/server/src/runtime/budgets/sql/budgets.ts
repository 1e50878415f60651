import { asId, type BrandId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import type { Budget, BudgetEntry, BudgetWindow } from '../spec.ts'

const mostRunWindows = 100

/** A budget before it is written; its names are looked up already. */
export interface NewBudget extends Omit<Budget, 'brand' | 'createdAt' | 'windows'> {
  readonly brandId: BrandId | undefined
}

interface WindowRow extends Omit<BudgetWindow, 'startsAt' | 'endsAt' | 'runId'> {
  readonly runId: string | null
  readonly startsAt: string | null
  readonly endsAt: string | null
}

const toWindow = ({ startsAt, endsAt, runId, ...row }: WindowRow): BudgetWindow => ({
  ...row,
  runId: runId ?? undefined,
  startsAt: startsAt === null ? undefined : new Date(startsAt),
  endsAt: endsAt === null ? undefined : new Date(endsAt),
})

/** The budgets in force, by their names; only the one of this id where one is given. */
export async function listBudgets(tx: TenantTx, id?: string): Promise<readonly Budget[]> {
  const rows = await tx
    .selectFrom('budget_profiles as p')
    .leftJoin('brands as b', (join) =>
      join.onRef('b.organization_id', '=', 'p.organization_id').onRef('b.id', '=', 'p.brand_id'),
    )
    .selectAll('p')
    .select('b.slug as brand')
    .select(
      sql<readonly WindowRow[]>`coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', w.id, 'runId', w.run_id, 'isSandbox', w.is_sandbox, 'startsAt', w.starts_at, 'endsAt', w.ends_at,
          'amount', w.amount, 'reserved', w.reserved, 'spent', w.spent
        ) order by w.is_sandbox, w.starts_at desc nulls last, w.created_at desc, w.id)
        from (
          select * from budget_allocations
          where organization_id = p.organization_id and profile_id = p.id
            and (ends_at is null or ends_at > clock_timestamp())
          order by created_at desc, id limit ${mostRunWindows}
        ) as w
      ), '[]')`.as('windows'),
    )
    .where('p.organization_id', '=', tx.organizationId)
    .where('p.ended_at', 'is', null)
    .$if(id !== undefined, (query) => query.where('p.id', '=', id ?? ''))
    .orderBy('p.name')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scope: row.scope,
    brand: row.brand ?? undefined,
    campaignId: row.campaign_id ?? undefined,
    agent: row.agent ?? undefined,
    limits: row.limits,
    period: row.period,
    amount: row.amount,
    currency: row.currency ?? undefined,
    allowsUnpriced: row.allows_unpriced,
    actor: row.actor,
    createdAt: row.created_at,
    windows: row.windows.map(toWindow),
  }))
}

/** Takes the lock of whoever changes the organization's budgets, until the transaction ends. */
export async function lockBudgets(tx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`budgets ${tx.organizationId}`}, 0))`.execute(tx)
}

export async function insertBudget(tx: TenantTx, budget: NewBudget): Promise<void> {
  await tx
    .insertInto('budget_profiles')
    .values({
      organization_id: tx.organizationId,
      id: budget.id,
      name: budget.name,
      scope: budget.scope,
      brand_id: budget.brandId ?? null,
      campaign_id: budget.campaignId ?? null,
      agent: budget.agent ?? null,
      limits: budget.limits,
      period: budget.period,
      amount: budget.amount,
      currency: budget.currency ?? null,
      allows_unpriced: budget.allowsUnpriced,
      actor: budget.actor,
    })
    .execute()
}

/** Changes a budget's amount for the windows to come. */
export async function updateBudget(
  tx: TenantTx,
  { id, amount, allowsUnpriced, actor }: Pick<Budget, 'id' | 'amount' | 'allowsUnpriced' | 'actor'>,
): Promise<void> {
  await tx
    .updateTable('budget_profiles')
    .set({ amount, allows_unpriced: allowsUnpriced, actor, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

/** Lets a budget limit nothing any more. What its calls hold is settled all the same. */
export async function endBudget(tx: TenantTx, { id, actor }: { readonly id: string; readonly actor: string }) {
  await tx
    .updateTable('budget_profiles')
    .set({ ended_at: sql<Date>`now()`, actor, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

/**
 * Adds to the amount of the windows of a budget that are not over, all of them or the one that is named, with an entry of
 * its ledger each. Returns how many.
 */
export async function adjustWindows(
  tx: TenantTx,
  {
    budgetId,
    windowId,
    by,
    actor,
    note,
  }: {
    readonly budgetId: string
    readonly windowId?: string
    readonly by: number
    readonly actor: string
    readonly note: string
  },
): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    with open_windows as (
      select id from budget_allocations
      where organization_id = ${tx.organizationId} and profile_id = ${budgetId}
        and (ends_at is null or ends_at > clock_timestamp()) and id = coalesce(${windowId ?? null}::uuid, id)
      order by id for update
    ),
    moved as (
      update budget_allocations a set amount = a.amount + ${by}, entries = a.entries + 1, updated_at = now()
      from open_windows o
      where a.organization_id = ${tx.organizationId} and a.id = o.id
      returning a.id, a.amount, a.reserved, a.spent, a.entries
    )
    insert into budget_ledger (
      organization_id, allocation_id, sequence, type, amount, allocated, reserved, spent, actor, note
    )
    select ${tx.organizationId}, id, entries, 'adjustment', ${by}, amount, reserved, spent, ${actor}, ${note} from moved
    returning allocation_id as id
  `.execute(tx)
  return rows.length
}

/**
 * Lets what waits for a budget ask again now: another amount may let it go. In a transaction of its own, after the one that
 * changed the budget: runs are locked before budgets everywhere, and who began to wait in the meantime is found too.
 */
export async function wakeWaiting(tx: TenantTx): Promise<void> {
  await sql`
    update agent_runs set not_before = clock_timestamp()
    where organization_id = ${tx.organizationId} and not_before > clock_timestamp()
  `.execute(tx)
  await sql`
    update tool_executions set not_before = clock_timestamp()
    where organization_id = ${tx.organizationId} and not_before > clock_timestamp() and error ->> 'code' like 'runtime.budget%'
  `.execute(tx)
}

/** The movements of a budget, newest first: at most `limit`, of one window where it is named. */
export async function listEntries(
  tx: TenantTx,
  {
    budgetId,
    windowId,
    limit,
  }: { readonly budgetId: string; readonly windowId?: string | undefined; readonly limit: number },
): Promise<readonly BudgetEntry[]> {
  const rows = await tx
    .selectFrom('budget_ledger as l')
    .innerJoin('budget_allocations as a', (join) =>
      join.onRef('a.organization_id', '=', 'l.organization_id').onRef('a.id', '=', 'l.allocation_id'),
    )
    .leftJoin('budget_reservations as r', (join) =>
      join
        .onRef('r.organization_id', '=', 'l.organization_id')
        .onRef('r.call_id', '=', 'l.call_id')
        .onRef('r.allocation_id', '=', 'l.allocation_id'),
    )
    .selectAll('l')
    .select('r.run_id')
    .where('l.organization_id', '=', tx.organizationId)
    .where('a.profile_id', '=', budgetId)
    .$if(windowId !== undefined, (query) => query.where('l.allocation_id', '=', windowId ?? ''))
    .orderBy('l.created_at', 'desc')
    .orderBy('l.sequence', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    windowId: row.allocation_id,
    sequence: row.sequence,
    type: row.type,
    amount: row.amount,
    allocated: row.allocated,
    reserved: row.reserved,
    spent: row.spent,
    callId: row.call_id ?? undefined,
    runId: row.run_id ?? undefined,
    actor: row.actor ?? undefined,
    note: row.note,
    createdAt: row.created_at,
  }))
}

/** The brand of this slug; undefined where there is none. */
export async function findBrand(tx: TenantTx, slug: string): Promise<BrandId | undefined> {
  const row = await tx
    .selectFrom('brands')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('slug', '=', slug)
    .executeTakeFirst()
  return row && asId(row.id)
}

/** Whether the organization has such a campaign. */
export async function hasCampaign(tx: TenantTx, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom('campaigns')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}
