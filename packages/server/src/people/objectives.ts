import type { PersonId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { findPerson } from './sql/list-people.ts'
import { insertObjective, lockObjective, updateObjectiveState } from './sql/objectives.ts'
import { recordPersonEvents } from './sql/record-event.ts'
import type { Objective, ObjectiveState } from './spec.ts'

/** Sets an objective with a person; `dueOn` is a day such as 2027-03-31. Undefined where there is no such person. */
export async function addObjective(
  tx: TenantTx,
  objective: {
    readonly personId: PersonId
    readonly text: string
    readonly dueOn: string | undefined
    readonly createdBy: string
  },
): Promise<Objective | undefined> {
  const { personId, createdBy: actor } = objective
  if (!(await findPerson(tx, personId))) return undefined
  const added = await insertObjective(tx, objective)
  await recordPersonEvents(tx, [{ personId, type: 'objective_set', data: { objectiveId: added.id }, actor }])
  return added
}

/**
 * Says what became of an objective, or opens it again. One that is in that state already stays as it is, with who closed
 * it first. Undefined where there is none of that id.
 */
export async function setObjectiveState(
  tx: TenantTx,
  { id, state, by }: { readonly id: string; readonly state: ObjectiveState; readonly by: string },
): Promise<Objective | undefined> {
  const before = await lockObjective(tx, id)
  if (before === undefined || before.state === state) return before
  const data = { objectiveId: id, status: state }
  await recordPersonEvents(tx, [{ personId: before.personId, type: 'objective_changed', data, actor: by }])
  return updateObjectiveState(tx, { id, state, by })
}
