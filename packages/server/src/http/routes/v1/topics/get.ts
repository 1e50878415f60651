import { routes } from '@neonhub/contract'
import { listTopics as list } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'

export const listTopics = implement(routes.listTopics)(async ({ inTenant }) => ({
  status: 200,
  body: { topics: await inTenant(list) },
}))
