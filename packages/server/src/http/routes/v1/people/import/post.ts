import { routes } from '@neonhub/contract'
import { importPeople as takeIn } from '../../../../../people/index.ts'
import { implement } from '../../../../implement.ts'

export const importPeople = implement(routes.importPeople)(async ({ parts, body, caller, inTenant, audit }) => {
  const { source, lines } = body
  const outcome = await inTenant(async (tx) => {
    const imported = await takeIn(tx, { lines, source, actor: caller.name, masterKey: parts.masterKey })
    const { added, changed, unchanged, refused } = imported
    await audit(tx, { subject: 'people', detail: { source, added, changed, unchanged, refused: refused.length } })
    return imported
  })
  return { status: 200, body: outcome }
})
