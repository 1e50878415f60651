import { routes } from '@neonhub/contract'
import { exportPerson as exportAll, getAddress } from '../../../../../people/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toPersonDetail } from '../../../../to-person.ts'

export const exportPerson = implement(routes.exportPerson)(async ({ body: { channel, address }, inTenant, audit }) => {
  const { people, traces } = await inTenant(async (tx) => {
    const exported = await exportAll(tx, { channel, address: getAddress(channel, address) })
    const [person] = exported.people
    if (person) await audit(tx, { subject: `person:${person.id}` })
    // Nobody's address may stand in the log of who did what.
    else if (exported.traces.length > 0)
      await audit(tx, { subject: 'person', detail: { traces: exported.traces.length } })
    return exported
  })
  orNotFound(people.length + traces.length > 0 ? true : undefined, 'person')
  return { status: 200, body: { people: people.map(toPersonDetail), traces } }
})
