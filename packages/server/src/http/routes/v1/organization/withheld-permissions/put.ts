import { routes } from '@neonhub/contract'
import { withholdPermissions as withhold } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'

export const withholdPermissions = implement(routes.withholdPermissions)(async ({
  body,
  organization,
  inTenant,
  audit,
}) => {
  const withheld = await inTenant(async (tx) => {
    const now = await withhold(tx, body.withheld)
    await audit(tx, { subject: `organization:${organization().id}`, detail: { withheld: now } })
    return now
  })
  return { status: 200, body: { withheld: [...withheld] } }
})
