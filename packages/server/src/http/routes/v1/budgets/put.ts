import { routes } from '@neonhub/contract'
import { setBudget as writeBudget, wakeWaiting } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toBudget } from '../../../to-budget.ts'

export const setBudget = implement(routes.setBudget)(async ({ parts, body, caller, inTenant, audit }) => {
  const budget = await inTenant(async (tx) => {
    const written = await writeBudget(tx, { ...body, actor: caller.name }, { agents: parts.services.agents })
    const { id, name, amount, currency, limits } = written
    await audit(tx, { subject: `budget:${id}`, detail: { name, limits, amount, currency: currency ?? null } })
    return written
  })
  await inTenant(wakeWaiting)
  return { status: 200, body: toBudget(budget) }
})
