import { asId, newId, type SuppressionId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Suppression } from '../spec.ts'

interface Row {
  readonly id: string
  readonly channel: string
  readonly address: string | null
  readonly reason: string
  readonly actor: string
  readonly created_at: Date
}

const columns = ['id', 'channel', 'address', 'reason', 'actor', 'created_at'] as const

const toSuppression = ({ id, channel, address, reason, actor, created_at: createdAt }: Row): Suppression => ({
  id: asId(id),
  channel,
  address: address ?? undefined,
  reason,
  actor,
  createdAt,
})

/** What stops this mailbox on a channel, by the mailbox itself or by what erasing left of it. */
export async function findSuppression(
  tx: TenantTx,
  { channel, mailbox, hmac }: { readonly channel: string; readonly mailbox: string; readonly hmac: string },
): Promise<Suppression | undefined> {
  const row = await tx
    .selectFrom('suppressions')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('channel', '=', channel)
    .where((eb) => eb.or([eb('mailbox', '=', mailbox), eb('address_hmac', '=', hmac)]))
    .executeTakeFirst()
  return row && toSuppression(row)
}

/** A suppression; undefined where there is none of this id in the organization. */
export async function findSuppressionById(tx: TenantTx, id: SuppressionId): Promise<Suppression | undefined> {
  const row = await tx
    .selectFrom('suppressions')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toSuppression(row)
}

/** At most `limit`, newest first, older than `before`; those of one mailbox where it is given. */
export async function listSuppressions(
  tx: TenantTx,
  {
    limit,
    before,
    of,
  }: {
    readonly limit: number
    readonly before?: string | undefined
    readonly of?: { readonly mailbox: string; readonly hmac: string } | undefined
  },
): Promise<readonly Suppression[]> {
  let query = tx.selectFrom('suppressions').select(columns).where('organization_id', '=', tx.organizationId)
  if (before !== undefined) query = query.where('id', '<', before)
  if (of) query = query.where((eb) => eb.or([eb('mailbox', '=', of.mailbox), eb('address_hmac', '=', of.hmac)]))
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(toSuppression)
}

export async function insertSuppression(
  tx: TenantTx,
  suppression: {
    readonly channel: string
    readonly reason: string
    readonly actor: string
  } & ({ readonly address: string } | { readonly hmac: string }),
): Promise<SuppressionId> {
  const id: SuppressionId = newId()
  const { channel, reason, actor } = suppression
  await tx
    .insertInto('suppressions')
    .values({
      organization_id: tx.organizationId,
      id,
      channel,
      reason,
      actor,
      address: 'address' in suppression ? suppression.address : null,
      address_hmac: 'hmac' in suppression ? suppression.hmac : null,
    })
    .execute()
  return id
}

/** Takes a suppression away and returns what it was; undefined where there is none. */
export async function deleteSuppression(tx: TenantTx, id: SuppressionId): Promise<Suppression | undefined> {
  const row = await tx
    .deleteFrom('suppressions')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
  return row && toSuppression(row)
}
