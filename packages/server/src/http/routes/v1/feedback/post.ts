import { routes } from '@neonhub/contract'
import { addFeedback, listFeedback } from '../../../../marketing/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toFeedback } from '../../../to-feedback.ts'

export const giveFeedback = implement(routes.giveFeedback)(async ({ body, caller, inTenant, audit }) => {
  const { contentId, messageId, verdict, remark } = body
  const about = contentId === undefined ? { messageId: messageId ?? '' } : { contentId }
  const given = await inTenant(async (tx) => {
    const added = await addFeedback(tx, { about, verdict, remark, givenBy: caller.name })
    const id = orNotFound(added, contentId === undefined ? 'answer' : 'piece of content')
    await audit(tx, { subject: `feedback:${id}`, detail: { ...about, verdict } })
    const [feedback] = await listFeedback(tx, { id, limit: 1 })
    return orNotFound(feedback, 'feedback')
  })
  return { status: 201, body: toFeedback(given) }
})
