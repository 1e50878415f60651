import type { RunId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'

/** Numbers and writes an event of a run, whoever holds it. The row's lock makes entries visible in their order. */
export async function recordEvent(
  tx: TenantTx,
  { runId, type, data }: { runId: RunId; type: 'run' | 'llm' | 'tool'; data: unknown },
): Promise<void> {
  await sql`select record_event(${runId}, ${type}, ${jsonb(data)})`.execute(tx)
}
