import { type ObjectiveState, routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'
import { findPerson } from './people-work.ts'

/** Sets an objective with a person, and says how to close it. */
export async function addObjective(
  client: ApiClient,
  terminal: Terminal,
  { person, text, due }: { readonly person: string; readonly text: string; readonly due?: string | undefined },
): Promise<void> {
  const { id } = await findPerson(client, person)
  const body = { text, ...(due === undefined ? {} : { dueOn: due }) }
  const objective = await client.call(routes.addPersonObjective, { params: { id }, body })
  if (terminal.isJson) return terminal.print(JSON.stringify(objective))
  terminal.print(`Set${objective.dueOn === undefined ? '' : `, due ${objective.dueOn}`}.`)
  terminal.print(pc.dim(`Once it is: npx neonhub people objective-state ${objective.id} reached`))
}

export async function setObjectiveState(
  client: ApiClient,
  terminal: Terminal,
  { id, state }: { readonly id: string; readonly state: ObjectiveState },
): Promise<void> {
  const objective = await client.call(routes.setObjectiveState, { params: { id }, body: { state } })
  terminal.print(terminal.isJson ? JSON.stringify(objective) : `${plainText(objective.text)}: ${objective.state}.`)
}
