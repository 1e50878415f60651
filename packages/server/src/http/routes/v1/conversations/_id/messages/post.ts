import { routes } from '@neonhub/contract'
import { addMessage as add, findConversation } from '../../../../../../knowledge/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { getConversationDetail } from '../../../../../to-conversation.ts'

export const addMessage = implement(routes.addMessage)(async ({ params, body, caller, inTenant, audit }) => {
  const conversationId = params.id
  const detail = await inTenant(async (tx) => {
    const { personId } = orNotFound(await findConversation(tx, conversationId), 'conversation')
    const author = body.role === 'user' && personId !== undefined ? `person:${personId}` : caller.name
    orNotFound(await add(tx, { ...body, conversationId, author }), 'conversation')
    await audit(tx, { subject: `conversation:${conversationId}`, detail: { role: body.role } })
    return getConversationDetail(tx, conversationId)
  })
  return { status: 201, body: detail }
})
