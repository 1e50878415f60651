import { routes } from '@neonhub/contract'
import { withTenant } from '../../../../db/index.ts'
import { createOrganization } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'

export const postOrganization = implement(routes.createOrganization)(async ({ parts, body, audit }) => {
  const { slug, name = slug, timeZone, owner } = body
  const organization = await createOrganization(parts.database, { slug, name, timeZone, owner })
  await withTenant(parts.database, organization.id, async (tx) => {
    await parts.services.addSandboxConnections(tx)
    await audit(tx, { subject: `organization:${organization.id}`, detail: { slug, name } })
  })
  return { status: 201, body: organization }
})
