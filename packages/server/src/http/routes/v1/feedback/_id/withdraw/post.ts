import { routes } from '@neonhub/contract'
import { listFeedback, withdrawFeedback as withdraw } from '../../../../../../marketing/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toFeedback } from '../../../../../to-feedback.ts'

export const withdrawFeedback = implement(routes.withdrawFeedback)(async ({
  params: { id },
  caller,
  inTenant,
  audit,
}) => {
  const withdrawn = await inTenant(async (tx) => {
    orNotFound((await withdraw(tx, { id, by: caller.name })) || undefined, 'feedback')
    await audit(tx, { subject: `feedback:${id}` })
    const [feedback] = await listFeedback(tx, { id, limit: 1 })
    return orNotFound(feedback, 'feedback')
  })
  return { status: 200, body: toFeedback(withdrawn) }
})
