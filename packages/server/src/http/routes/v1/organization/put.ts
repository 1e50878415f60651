import { routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../base/errors.ts'
import { updateOrganization } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'

export const putOrganization = implement(routes.updateOrganization)(async ({ body, caller, inTenant, audit }) => {
  if (body.requireTwoFactor === true && caller.twoFactor === false) {
    throw new NeonHubError(
      'identity.two_factor_missing',
      'You have no second factor yet, and would shut yourself out',
      {
        kind: 'conflict',
        hint: 'Set up your own under Account first.',
      },
    )
  }
  return {
    status: 200,
    body: await inTenant(async (tx) => {
      const organization = await updateOrganization(tx, body)
      await audit(tx, { subject: `organization:${organization.id}`, detail: body })
      return organization
    }),
  }
})
