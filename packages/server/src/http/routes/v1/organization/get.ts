import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'

export const getOrganization = implement(routes.getOrganization)(async ({ organization }) => ({
  status: 200,
  body: organization(),
}))
