import { routes } from '@neonhub/contract'
import { getUnknownRecipients } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'

export const getRecipientPolicy = implement(routes.getRecipientPolicy)(async ({ inTenant }) => ({
  status: 200,
  body: { unknownRecipients: await inTenant(getUnknownRecipients) },
}))
