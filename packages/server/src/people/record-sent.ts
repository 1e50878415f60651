import type { TenantTx } from '../db/index.ts'
import { findIdentities } from './sql/find-identities.ts'
import { recordPersonEvents } from './sql/record-event.ts'
import type { ContactChannel } from './spec.ts'

/** Notes in the timelines of those who are in `people` that a message went out to them. */
export async function recordSent(
  tx: TenantTx,
  {
    channel,
    addresses,
    runId,
    toolExecutionId,
    tool,
  }: {
    readonly channel: ContactChannel
    readonly addresses: readonly string[]
    readonly runId: string
    readonly toolExecutionId: string
    readonly tool: string
  },
): Promise<void> {
  const identities = await findIdentities(
    tx,
    addresses.map((address) => ({ channel, address })),
  )
  await recordPersonEvents(
    tx,
    identities.map(({ personId }) => ({
      personId,
      type: 'mailed',
      data: { channel, tool, runId, toolExecutionId },
      actor: `run:${runId}`,
    })),
  )
}
