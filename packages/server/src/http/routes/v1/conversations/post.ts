import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { addMessage, createConversation as create, findBrand } from '../../../../knowledge/index.ts'
import { findPerson } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { getConversationDetail } from '../../../to-conversation.ts'

export const createConversation = implement(routes.createConversation)(async ({ body, caller, inTenant, audit }) => {
  const { brand: slug, kind, subject, message } = body
  const detail = await inTenant(async (tx) => {
    const brand = orNotFound(await findBrand(tx, slug), 'brand')
    const person =
      body.personId === undefined ? undefined : orNotFound(await findPerson(tx, asId(body.personId)), 'person')
    const conversation = { brandId: asId<'brand'>(brand.id), kind, subject, personId: person?.id }
    const conversationId = await create(tx, { ...conversation, createdBy: caller.name })
    if (message !== undefined) {
      const author = person ? `person:${person.id}` : caller.name
      await addMessage(tx, { conversationId, role: 'user', author, body: message })
    }
    await audit(tx, { subject: `conversation:${conversationId}`, detail: { brand: slug, kind } })
    return getConversationDetail(tx, conversationId)
  })
  return { status: 201, body: detail }
})
