import { routes } from '@neonhub/contract'
import { adjustBudget as writeAdjustment, wakeWaiting } from '../../../../../../runtime/index.ts'
import { implement } from '../../../../../implement.ts'
import { toBudget } from '../../../../../to-budget.ts'

export const adjustBudget = implement(routes.adjustBudget)(async ({ params, body, caller, inTenant, audit }) => {
  const budget = await inTenant(async (tx) => {
    const adjusted = await writeAdjustment(tx, { ...body, id: params.id, actor: caller.name })
    await audit(tx, { subject: `budget:${adjusted.id}`, detail: { name: adjusted.name, by: body.by, note: body.note } })
    return adjusted
  })
  await inTenant(wakeWaiting)
  return { status: 200, body: toBudget(budget) }
})
