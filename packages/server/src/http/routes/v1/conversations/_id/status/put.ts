import { routes } from '@neonhub/contract'
import { setConversationStatus as setStatus } from '../../../../../../knowledge/index.ts'
import { implement } from '../../../../../implement.ts'
import { getConversationDetail } from '../../../../../to-conversation.ts'

export const setConversationStatus = implement(routes.setConversationStatus)(async (call) => {
  const { params, body, inTenant, audit } = call
  const detail = await inTenant(async (tx) => {
    await setStatus(tx, { id: params.id, status: body.status })
    const found = await getConversationDetail(tx, params.id)
    await audit(tx, { subject: `conversation:${params.id}`, detail: body })
    return found
  })
  return { status: 200, body: detail }
})
