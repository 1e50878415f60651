import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'

export const listEmbeddings = implement(routes.listEmbeddings)(async ({ parts, inTenant }) => {
  const embeddings = await inTenant(parts.services.listEmbeddings)
  return { status: 200, body: embeddings }
})
