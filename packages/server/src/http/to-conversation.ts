import type { Conversation, ConversationDetail } from '@neonhub/contract'
import type { TenantTx } from '../db/index.ts'
import { type Conversation as Stored, findConversation, listMessages } from '../knowledge/index.ts'
import { orNotFound } from './lists.ts'

/** A conversation as the contract shows it. */
export const toConversation = ({ brandId: _brand, createdAt, updatedAt, ...conversation }: Stored): Conversation => ({
  ...conversation,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

const shownMessages = 200

/** Likewise with its messages. Throws `http.not_found`. */
export async function getConversationDetail(tx: TenantTx, id: string): Promise<ConversationDetail> {
  const conversation = orNotFound(await findConversation(tx, id), 'conversation')
  const messages = await listMessages(tx, { conversationId: id, limit: shownMessages })
  return {
    conversation: toConversation(conversation),
    messages: messages.map(({ createdAt, citations, ...message }) => ({
      ...message,
      citations: [...citations],
      createdAt: createdAt.toISOString(),
    })),
  }
}
