import { expect, test } from 'vitest'
import { asId, type BrandId, newId, type OrganizationId, type RunId } from '../src/base/ids.ts'
import { type Database, type OperatorTx, type TenantTx, withTenant } from '../src/db/index.ts'
import type { EveryTx, SystemTx } from '../src/db/system.ts'
import { addOrganization, openTestDatabase } from './database.ts'
import { getBrand } from '../src/knowledge/index.ts'
import { findRun, listRuns } from '../src/runtime/index.ts'

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
  ownersTransactionForTenantRows: (tx: EveryTx, runId: RunId) =>
    // @ts-expect-error a backup's transaction reads every organization, and is no TenantTx
    findRun(tx, runId),
  operatorsTransactionForTenantRows: (tx: OperatorTx, runId: RunId) =>
    // @ts-expect-error the connection's own role is bound by no organization
    findRun(tx, runId),
  tenantsTransactionAcrossOrganizations: (tx: TenantTx): SystemTx =>
    // @ts-expect-error what is inside one organization does not cross them
    tx,
  ownersTransactionAcrossOrganizations: (tx: EveryTx): SystemTx =>
    // @ts-expect-error a backup's transaction is not sign-in's
    tx,
  transactionOfOneOrganizationForAnother: (tx: TenantTx, other: OrganizationId) =>
    // @ts-expect-error the organization is the transaction's: there is no place to name another
    listRuns(tx, { limit: 1, organizationId: other }),
  transactionTurnedToAnother: (tx: TenantTx, other: OrganizationId) => {
    // @ts-expect-error it stays in the organization that it entered
    tx.organizationId = other
  },
  transactionOfAnotherWithin: (database: Database, organizationId: OrganizationId) =>
    // @ts-expect-error the transaction is what a function takes, never the organization beside it
    withTenant(database, organizationId, () => listRuns(organizationId, { limit: 1 })),
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

test('a transaction cannot be turned to another organization past the types either', async () => {
  const database = await openTestDatabase('embedded')
  try {
    const organizationId = await addOrganization(database)
    await withTenant(database, organizationId, async (tx) => {
      expect(() => Object.assign(tx, { organizationId: newId() })).toThrow(TypeError)
      expect(tx.organizationId).toBe(organizationId)
    })
  } finally {
    await database.close()
  }
})

test('an id is branded at the edge, and is the same text', () => {
  const id = newId<'run'>()
  expect(asId<'run'>(String(id))).toBe(id)
})
