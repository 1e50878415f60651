import { newId, type PersonId } from '../../base/ids.ts'
import { jsonb, type TenantTx } from '../../db/index.ts'
import type { PersonEventType } from '../spec.ts'

export interface NewPersonEvent {
  readonly personId: PersonId
  readonly type: PersonEventType
  readonly data: Readonly<Record<string, unknown>>
  readonly actor: string
}

/** Appends to the timelines of people. */
export async function recordPersonEvents(tx: TenantTx, events: readonly NewPersonEvent[]): Promise<void> {
  if (events.length === 0) return
  await tx
    .insertInto('events')
    .values(
      events.map(({ personId, type, data, actor }) => ({
        organization_id: tx.organizationId,
        id: newId(),
        person_id: personId,
        type,
        data: jsonb(data),
        actor,
      })),
    )
    .execute()
}
