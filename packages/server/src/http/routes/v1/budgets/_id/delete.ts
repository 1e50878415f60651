import { routes } from '@neonhub/contract'
import { endBudget as writeEnd, wakeWaiting } from '../../../../../runtime/index.ts'
import { implement } from '../../../../implement.ts'
import { toBudget } from '../../../../to-budget.ts'

export const endBudget = implement(routes.endBudget)(async ({ params, caller, inTenant, audit }) => {
  const budget = await inTenant(async (tx) => {
    const ended = await writeEnd(tx, { id: params.id, actor: caller.name })
    await audit(tx, { subject: `budget:${ended.id}`, detail: { name: ended.name } })
    return ended
  })
  await inTenant(wakeWaiting)
  return { status: 200, body: toBudget(budget) }
})
