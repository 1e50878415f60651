import { routes } from '@neonhub/contract'
import { listConnectorRows } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toCatalogueEntry } from '../../../to-catalogue-entry.ts'

export const listConnectors = implement(routes.listConnectors)(async ({ parts, inTenant }) => {
  const { rows, connections } = await inTenant(async (tx) => ({
    rows: await listConnectorRows(tx),
    connections: await parts.services.listConnections(tx),
  }))
  return {
    status: 200,
    body: {
      connectors: rows.map((row) => toCatalogueEntry(row, { connections, consent: parts.services.consentOf(row.id) })),
    },
  }
})
