import { routes } from '@neonhub/contract'
import { asId, type PersonId } from '../../../../../../base/ids.ts'
import { addObjective } from '../../../../../../people/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toObjective } from '../../../../../to-person.ts'

export const addPersonObjective = implement(routes.addPersonObjective)(async (call) => {
  const { params, body, caller, inTenant, audit } = call
  const personId: PersonId = asId(params.id)
  const { text, dueOn } = body
  const objective = await inTenant(async (tx) => {
    const added = await addObjective(tx, { personId, text, dueOn, createdBy: caller.name })
    if (added) await audit(tx, { subject: `person:${personId}`, detail: { objectiveId: added.id } })
    return added
  })
  return { status: 201, body: toObjective(orNotFound(objective, 'person')) }
})
