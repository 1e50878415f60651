import { routes } from '@neonhub/contract'
import { setUnknownRecipients } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'

export const setRecipientPolicy = implement(routes.setRecipientPolicy)(async ({
  body,
  organization,
  inTenant,
  audit,
}) => {
  await inTenant(async (tx) => {
    await setUnknownRecipients(tx, body.unknownRecipients)
    await audit(tx, { subject: `organization:${organization().id}`, detail: body })
  })
  return { status: 200, body }
})
