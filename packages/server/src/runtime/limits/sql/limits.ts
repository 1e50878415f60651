import { compact } from '../../../base/compact.ts'
import { newId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import type { Limit, LimitScope } from '../spec.ts'

/** The limits of an organization, the widest first; or the one of this id. */
export async function readLimits(tx: TenantTx, id?: string): Promise<readonly Limit[]> {
  const { rows } = await sql<{
    id: string
    scope: LimitScope
    brand: string | null
    agent: string | null
    connection: string | null
    atOnce: number | null
    perMinute: number | null
    used: number
    actor: string
    updatedAt: Date
  }>`
    select l.id, l.scope, b.slug as brand, a.name as agent, c.name as connection, l.at_once as "atOnce",
      l.per_minute as "perMinute", l.actor, l.updated_at as "updatedAt",
      case
        when l.scope <> 'connection' then (
          select count(*) from agent_jobs j
          where j.organization_id = l.organization_id and j.status = 'active' and j.queue = 'agent.run'
            and j.check_at > clock_timestamp()
            and (l.scope = 'organization' or j.agent_id = l.agent_id or j.brand_id = l.brand_id)
        )
        when l.per_minute is not null then (
          select coalesce(sum(s.calls), 0) from connection_seconds s
          where s.organization_id = l.organization_id and s.connection_id = l.connection_id
            and s.second > clock_timestamp() - interval '61 seconds'
        )
        else (
          select count(*) from connection_places p
          join tool_executions t on t.organization_id = p.organization_id and t.id = p.tool_execution_id
          where p.organization_id = l.organization_id and p.connection_id = l.connection_id
            and t.status = 'executing' and t.deadline_at > clock_timestamp()
        )
      end::int as used
    from limits l
    left join brands b on b.organization_id = l.organization_id and b.id = l.brand_id
    left join agents a on a.organization_id = l.organization_id and a.id = l.agent_id
    left join connector_auths c on c.organization_id = l.organization_id and c.id = l.connection_id
    where l.organization_id = ${tx.organizationId} and (${id ?? null}::uuid is null or l.id = ${id ?? null}::uuid)
    order by l.scope, coalesce(b.slug::text, a.name, c.name::text)
  `.execute(tx)
  return rows.map(compact)
}

/** What a limit is of: nothing of it is set where it is the organization's. */
export interface LimitSubject {
  readonly scope: LimitScope
  readonly brandId: string | undefined
  readonly agentId: string | undefined
  readonly connectionId: string | undefined
}

/** Sets the limit of its subject; returns its id. */
export async function writeLimit(
  tx: TenantTx,
  { scope, brandId, agentId, connectionId }: LimitSubject,
  { atOnce, perMinute, actor }: Pick<Limit, 'atOnce' | 'perMinute' | 'actor'>,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into limits (organization_id, id, scope, brand_id, agent_id, connection_id, at_once, per_minute, actor)
    values (
      ${tx.organizationId}, ${newId()}, ${scope}, ${brandId ?? null}, ${agentId ?? null}, ${connectionId ?? null},
      ${atOnce ?? null}, ${perMinute ?? null}, ${actor}
    )
    on conflict (organization_id, scope, coalesce(brand_id, agent_id, connection_id, organization_id)) do update set
      at_once = excluded.at_once, per_minute = excluded.per_minute, actor = excluded.actor, next_hold_at = null,
      updated_at = clock_timestamp()
    returning id
  `.execute(tx)
  return rows[0]?.id ?? ''
}

export async function deleteLimit(tx: TenantTx, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('limits')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Lets the calls of a connection that wait for its limits be asked about again. */
export async function askHeldCallsAgain(tx: TenantTx, connection: string): Promise<void> {
  await sql`
    update tool_executions t set not_before = clock_timestamp()
    from connector_auths c
    where c.organization_id = t.organization_id and c.id = t.connection_id and c.name = ${connection}
      and t.organization_id = ${tx.organizationId} and t.not_before > clock_timestamp()
      and t.error ->> 'code' = 'runtime.connection_busy'
  `.execute(tx)
}

/** A limit of runs that leaves no place now. */
export interface FullPlace {
  readonly scope: LimitScope
  readonly brand: string | undefined
  readonly agent: string | undefined
  readonly used: number
  readonly atOnce: number
}

/** Limits of runs that leave no place now. */
export async function listFullPlaces(tx: TenantTx): Promise<readonly FullPlace[]> {
  const { rows } = await sql<{
    scope: LimitScope
    brand: string | null
    agent: string | null
    used: number
    atOnce: number
  }>`
    select f.scope, b.slug as brand, a.name as agent, f.used, f.at_once as "atOnce"
    from full_places(${tx.organizationId}) f
    left join brands b on b.organization_id = ${tx.organizationId} and b.id = f.brand_id
    left join agents a on a.organization_id = ${tx.organizationId} and a.id = f.agent_id
  `.execute(tx)
  return rows.map((row) => ({ ...row, brand: row.brand ?? undefined, agent: row.agent ?? undefined }))
}

/** Which limit of its connection leaves a call no place. */
export interface RefusedPlace {
  readonly kind: 'at_once' | 'per_minute'
  readonly used: number
  readonly limit: number
  readonly until: Date
}

/** Takes a place for a call that is about to start; undefined where it has one, or needs none. */
export async function passLimits(
  tx: TenantTx,
  {
    connectionId,
    executionId,
    holdMs,
  }: { readonly connectionId: string; readonly executionId: string; readonly holdMs: number },
): Promise<RefusedPlace | undefined> {
  const { rows } = await sql<{ refused: (Omit<RefusedPlace, 'until'> & { readonly until: string }) | null }>`
    select pass_limits(${connectionId}, ${executionId}, ${holdMs}) as refused
  `.execute(tx)
  const refused = rows[0]?.refused
  return refused ? { ...refused, until: new Date(refused.until) } : undefined
}
