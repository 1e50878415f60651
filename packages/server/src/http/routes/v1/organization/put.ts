import { routes } from '@neonhub/contract'
import { updateOrganization } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'

export const putOrganization = implement(routes.updateOrganization)(async ({ body, inTenant, audit }) => ({
  status: 200,
  body: await inTenant(async (tx) => {
    const organization = await updateOrganization(tx, body)
    await audit(tx, { subject: `organization:${organization.id}`, detail: body })
    return organization
  }),
}))
