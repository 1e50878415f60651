import { createHash } from 'node:crypto'
import { NeonHubError } from '../../base/errors.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { AssetMediaType } from './sniff-media-type.ts'

/** Bytes of one row. A backup reads many rows at once, and JSON of the database's is never above 256 MB. */
const partBytes = 262_144

/**
 * Takes the organization's lock for whoever adds or removes assets, until the transaction ends: versions are numbered,
 * room is counted, and what nothing has any more is removed by one at a time.
 */
export async function lockAssets(tx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`brand assets ${tx.organizationId}`}, 0))`.execute(tx)
}

/**
 * Keeps bytes, unless the organization has the same already, and returns their SHA-256 in hex. Call it under the lock.
 * Throws `knowledge.assets_full` where they and what is kept come to more than `limitBytes`.
 */
export async function keepContent(
  tx: TenantTx,
  {
    bytes,
    mediaType,
    limitBytes,
  }: { readonly bytes: Uint8Array; readonly mediaType: AssetMediaType; readonly limitBytes: number },
): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  // A brand that was deleted took its assets with it, and left what they held.
  await removeUnusedContents(tx)
  const kept = await tx
    .selectFrom('asset_contents')
    .select([
      sql<number>`coalesce(sum(byte_size), 0)::float8`.as('total'),
      sql<boolean>`coalesce(bool_or(sha256 = ${sha256}), false)`.as('isKnown'),
    ])
    .where('organization_id', '=', tx.organizationId)
    .executeTakeFirstOrThrow()
  if (kept.isKnown) return sha256
  if (kept.total + bytes.length > limitBytes) throw full(kept.total, { size: bytes.length, limitBytes })
  const common = { organization_id: tx.organizationId, sha256 }
  await tx
    .insertInto('asset_contents')
    .values({ ...common, media_type: mediaType, byte_size: bytes.length })
    .execute()
  for (let number = 0; number * partBytes < bytes.length; number += 1) {
    const part = Buffer.from(bytes.subarray(number * partBytes, (number + 1) * partBytes)).toString('base64')
    await tx
      .insertInto('asset_parts')
      // As a text: the embedded database's client turns bytes into hex one by one, which takes it seconds.
      .values({ ...common, number, bytes: sql`decode(${part}, 'base64')` })
      .execute()
  }
  return sha256
}

/** The bytes of a content. */
export async function readContent(tx: TenantTx, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts = await tx
    .selectFrom('asset_parts')
    .select(sql<string>`encode(bytes, 'base64')`.as('base64'))
    .where('organization_id', '=', tx.organizationId)
    .where('sha256', '=', sha256)
    .orderBy('number')
    .execute()
  return Buffer.concat(parts.map(({ base64 }) => Buffer.from(base64, 'base64')))
}

/** Removes what no asset has any more. Call it under the lock. */
export async function removeUnusedContents(tx: TenantTx): Promise<void> {
  await sql`
    delete from asset_contents c where c.organization_id = ${tx.organizationId} and not exists (
      select from brand_assets a where a.organization_id = c.organization_id and a.sha256 = c.sha256
    )
  `.execute(tx)
}

const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

const full = (total: number, { size, limitBytes }: { readonly size: number; readonly limitBytes: number }) =>
  new NeonHubError(
    'knowledge.assets_full',
    `There is no room for another ${mebibytes(size)}: the files of your brands come to ${mebibytes(total)} of ${mebibytes(limitBytes)}`,
    {
      kind: 'conflict',
      hint: 'Remove assets or earlier versions that nobody needs. Whoever runs the server sets NEONHUB_ASSETS_MIB.',
    },
  )
