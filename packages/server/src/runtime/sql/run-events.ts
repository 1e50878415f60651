import type { RunId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'

/** Numbers and writes an event of a run, whoever holds it. The row's lock makes entries visible in their order. */
export async function recordEvent(
  tx: TenantTx,
  { runId, type, data }: { runId: RunId; type: 'run' | 'llm' | 'tool'; data: unknown },
): Promise<void> {
  await sql`
    with run as (
      update agent_runs set sequence = sequence + 1
      where organization_id = ${tx.organizationId} and id = ${runId}
      returning sequence
    )
    insert into run_events (organization_id, run_id, sequence, type, data)
    select ${tx.organizationId}, ${runId}, run.sequence, ${type}, ${jsonb(data)} from run
  `.execute(tx)
}
