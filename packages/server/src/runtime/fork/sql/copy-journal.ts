import { newId, type RunId } from '../../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../../db/index.ts'
import type { JournalEntry } from './list-entries.ts'

/**
 * Writes what a run had done before into the journal of one that is made of it, in the same order and marked as copied:
 * results that are there already, of which none was paid for or sent by the new run. A child stands there as a step, since
 * its run stays the other tree's; a failed one stands as the failure that its parent met. `into` is new in this transaction.
 */
export async function copyJournal(
  tx: TenantTx,
  { from, into, entries }: { readonly from: RunId; readonly into: RunId; readonly entries: readonly JournalEntry[] },
): Promise<void> {
  if (entries.length === 0) return
  // The first number is that of the event by which the run began.
  const list = jsonb(entries.map(({ key, kind }, index) => ({ key, kind, sequence: index + 2, id: newId() })))
  const { organizationId } = tx
  await sql`
    insert into run_payloads (organization_id, run_id, hash, body)
    select distinct on (p.hash) p.organization_id, ${into}::uuid, p.hash, p.body
    from jsonb_to_recordset(${list}) as e(key text, kind text)
    join run_steps s on s.organization_id = ${organizationId} and s.run_id = ${from} and s.key = e.key and e.kind <> 'call'
    join run_payloads p on p.organization_id = s.organization_id and p.run_id = s.run_id and p.hash = s.payload_hash
  `.execute(tx)
  await sql`
    insert into run_steps (
      organization_id, run_id, key, sequence, kind, status, fence, input_hash, output, payload_hash, child_run_id, error,
      started_at, finished_at, is_copied
    )
    select s.organization_id, ${into}::uuid, s.key, e.sequence, s.kind, s.status, 0, coalesce(s.input_hash, c.input_hash),
      s.output, s.payload_hash, s.child_run_id, s.error, s.started_at, s.finished_at, true
    from jsonb_to_recordset(${list}) as e(key text, kind text, sequence bigint)
    join run_steps s on s.organization_id = ${organizationId} and s.run_id = ${from} and s.key = e.key and e.kind <> 'call'
    left join agent_runs c on c.organization_id = s.organization_id and c.id = s.child_run_id
    union all
    select c.organization_id, ${into}::uuid, e.key, e.sequence, 'child', 'failed', 0, c.input_hash, null, null, c.id, c.error,
      coalesce(c.started_at, c.created_at), coalesce(c.finished_at, c.updated_at), true
    from jsonb_to_recordset(${list}) as e(key text, kind text, sequence bigint)
    join agent_runs c on c.organization_id = ${organizationId} and c.parent_run_id = ${from} and c.parent_step_key = e.key
      and c.status = 'failed' and e.kind = 'child'
  `.execute(tx)
  await sql`
    with copied as (
      insert into tool_executions (
        organization_id, run_id, id, step_key, tool, effect, connection_id, mode, status, arguments, arguments_hash, preview,
        fence, result, error, created_at, finished_at, policy_version, is_copied, simulation
      )
      select t.organization_id, ${into}::uuid, e.id, t.step_key, t.tool, t.effect, t.connection_id, t.mode, t.status,
        t.arguments, t.arguments_hash, t.preview, 0, t.result, t.error, t.created_at, t.finished_at, t.policy_version, true,
        t.simulation
      from jsonb_to_recordset(${list}) as e(key text, kind text, id uuid)
      join tool_executions t on t.organization_id = ${organizationId} and t.run_id = ${from} and t.step_key = e.key
        and e.kind = 'call'
      returning id, step_key, tool, status
    )
    insert into run_events (organization_id, run_id, sequence, type, data)
    select ${organizationId}::uuid, ${into}::uuid, e.sequence, 'tool', jsonb_build_object(
      'id', c.id, 'stepKey', c.step_key, 'tool', c.tool, 'status', c.status, 'isCopied', true
    )
    from jsonb_to_recordset(${list}) as e(key text, sequence bigint, id uuid)
    join copied c on c.id = e.id
  `.execute(tx)
  await sql`
    update agent_runs set sequence = ${entries.length + 1}
    where organization_id = ${organizationId} and id = ${into}
  `.execute(tx)
}
