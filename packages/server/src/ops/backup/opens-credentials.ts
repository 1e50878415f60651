import { NeonHubError } from '../../base/errors.ts'
import { asId } from '../../base/ids.ts'
import { open } from '../../base/vault.ts'
import { sql } from '../../db/index.ts'
import type { EveryTx } from '../../db/system.ts'
import type { BackupScope } from './scope.ts'

/**
 * Whether the sealed credentials open with this secret, by trying one: `none` where there are none to open, `locked`
 * where no secret was given or it is another one.
 */
export async function opensCredentials(
  tx: EveryTx,
  { scope, masterKey }: { readonly scope: BackupScope; readonly masterKey: Uint8Array | undefined },
): Promise<'none' | 'open' | 'locked'> {
  const organizationId = scope.kind === 'organization' ? scope.id : null
  const { rows } = await sql<{ organization_id: string; id: string; sealed: Uint8Array }>`
    select organization_id, id, sealed from credentials
    where ${organizationId}::uuid is null or organization_id = ${organizationId} limit 1
  `.execute(tx)
  const [row] = rows
  if (!row) return 'none'
  if (!masterKey) return 'locked'
  try {
    open(masterKey, { organizationId: asId(row.organization_id), credentialId: row.id }, row.sealed)
    return 'open'
  } catch (error) {
    if (error instanceof NeonHubError && error.code === 'base.vault_closed') return 'locked'
    throw error
  }
}
