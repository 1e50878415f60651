import { jsonb, sql, type TenantTx } from '../../../db/index.ts'
import type { ActionKey } from '../../actions/sql/action-configs.ts'
import type { PolicyRules, PolicyVersion } from '../policy-rules.ts'

const lockName = (tx: TenantTx, agent: string) => `policy ${tx.organizationId}/${agent}`

/**
 * Takes the lock of whoever changes an agent's policy, until the transaction ends. A call is judged under the shared side
 * of it: a version that is written was either asked, or the call was on record before.
 */
export async function lockPolicy(tx: TenantTx, agent: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${lockName(tx, agent)}, 0))`.execute(tx)
}

/** What an organization has set of a call, held until the transaction ends. */
export interface HeldSettings {
  /** Of what is fixed of the action; undefined where the call names none. */
  readonly actionVersion: number | undefined
  /** Undefined where the code's policy alone counts. */
  readonly policy: PolicyVersion | undefined
  /** Whether something is set about how often the connection is called. */
  readonly hasLimits: boolean
}

/** Holds what an organization has set of a call: a change has either been asked, or the call was on record before. */
export async function holdSettings(
  tx: TenantTx,
  { agent, action }: { readonly agent: string; readonly action: ActionKey | undefined },
): Promise<HeldSettings> {
  const { rows } = await sql<{
    held: { readonly actionVersion: number | null; readonly policy: PolicyRow | null; readonly hasLimits: boolean }
  }>`
    select hold_call(${agent}, ${action?.connectionId ?? null}::uuid, ${action?.action ?? null}) as held
  `.execute(tx)
  const { actionVersion, policy, hasLimits } = rows[0]?.held ?? { actionVersion: null, policy: null, hasLimits: false }
  return { actionVersion: actionVersion ?? undefined, policy: toPolicyVersion(policy), hasLimits }
}

/** As `newest_policy` returns it. */
export type PolicyRow = Omit<PolicyVersion, 'createdAt'> & { readonly createdAt: string }

export const toPolicyVersion = (row: PolicyRow | null): PolicyVersion | undefined =>
  row ? { ...row, createdAt: new Date(row.createdAt) } : undefined

/** The versions of an agent's policy, newest first. */
export async function listPolicies(
  tx: TenantTx,
  agent: string,
  { limit }: { readonly limit: number },
): Promise<readonly PolicyVersion[]> {
  const rows = await tx
    .selectFrom('agent_policies as p')
    .innerJoin('agents as a', (join) =>
      join.onRef('a.organization_id', '=', 'p.organization_id').onRef('a.id', '=', 'p.agent_id'),
    )
    .select(['p.version', 'p.rules', 'p.note', 'p.actor', 'p.created_at'])
    .where('p.organization_id', '=', tx.organizationId)
    .where('a.name', '=', agent)
    .orderBy('p.version', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ version, rules, note, actor, created_at: createdAt }) => ({
    version,
    // Written by `insertPolicy` alone, from what was checked.
    rules: rules as PolicyRules,
    note,
    actor,
    createdAt,
  }))
}

export async function insertPolicy(
  tx: TenantTx,
  { agentId, version, rules, note, actor }: Omit<PolicyVersion, 'createdAt'> & { readonly agentId: string },
): Promise<void> {
  await tx
    .insertInto('agent_policies')
    .values({ organization_id: tx.organizationId, agent_id: agentId, version, rules: jsonb(rules), note, actor })
    .execute()
}

/** Lets the calls of an agent that wait for their time be asked about again: another policy may let them go. */
export async function askHeldAgain(tx: TenantTx, agentId: string): Promise<void> {
  await sql`
    update tool_executions t set not_before = clock_timestamp()
    from agent_runs r
    where r.organization_id = t.organization_id and r.id = t.run_id and r.agent_id = ${agentId}
      and t.organization_id = ${tx.organizationId} and t.not_before > clock_timestamp()
  `.execute(tx)
}
