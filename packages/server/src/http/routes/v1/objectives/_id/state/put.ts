import { routes } from '@neonhub/contract'
import { setObjectiveState as setState } from '../../../../../../people/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toObjective } from '../../../../../to-person.ts'

export const setObjectiveState = implement(routes.setObjectiveState)(async (call) => {
  const { params, body, caller, inTenant, audit } = call
  const objective = await inTenant(async (tx) => {
    const found = await setState(tx, { id: params.id, state: body.state, by: caller.name })
    if (found) await audit(tx, { subject: `person:${found.personId}`, detail: { objectiveId: found.id, ...body } })
    return found
  })
  return { status: 200, body: toObjective(orNotFound(objective, 'objective')) }
})
