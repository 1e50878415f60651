import { expect, test } from 'vitest'
import { asId, type BrandId, newId, type OrganizationId, type RunId } from '../src/base/ids.ts'
import type { Database, TenantTx } from '../src/db/index.ts'
import type { SystemTx } from '../src/db/system.ts'
import { getBrand } from '../src/knowledge/index.ts'
import { findRun } from '../src/runtime/index.ts'

/**
 * What must not compile: `npm run types` fails where one of these does. The functions are never called.
 */
export const misuses = {
  queryWithoutTransaction: (database: Database, runId: RunId) =>
    // @ts-expect-error the database's own Kysely is bound by no organization
    findRun(database.kysely, runId),
  systemTransactionForTenantRows: (tx: SystemTx, runId: RunId) =>
    // @ts-expect-error a transaction that crosses organizations is no TenantTx
    findRun(tx, runId),
  madeUpTransaction: (database: Database, organizationId: OrganizationId): TenantTx =>
    // @ts-expect-error only withTenant makes one
    Object.assign(database.kysely, { organizationId }),
  idOfAnotherKind: (tx: TenantTx, runId: RunId) =>
    // @ts-expect-error a run's id names no brand
    getBrand(tx, runId),
  bareText: (): BrandId =>
    // @ts-expect-error a text is no id until it is branded at the edge
    'a text',
}

test('an id is branded at the edge, and is the same text', () => {
  const id = newId<'run'>()
  expect(asId<'run'>(String(id))).toBe(id)
})
