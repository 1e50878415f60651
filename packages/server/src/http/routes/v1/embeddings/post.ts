import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'

export const reembedBrands = implement(routes.reembedBrands)(async (call) => {
  const { parts, inTenant, audit } = call
  const { id } = call.organization()
  await parts.services.reembedBrands(id)
  const embeddings = await inTenant(async (tx) => {
    const listed = await parts.services.listEmbeddings(tx)
    await audit(tx, { subject: `organization:${id}`, detail: { model: listed.model } })
    return listed
  })
  return { status: 202, body: embeddings }
})
