import type { OrganizationId } from '../../../src/base/ids.ts'
import type { Rows } from './fill-organization.ts'
import { ask, bodyOf, forEachOf, type Probing } from './probing.ts'
import { nameOf } from './probe-foreign.ts'
import { fillSubject } from './subjects.ts'

/**
 * Asks every operation that names a row for one's own, in an organization that was filled for it alone: were it not
 * found there either, that it was not found elsewhere would prove nothing.
 */
export async function probeOwn(
  probing: Probing,
  { fill }: { readonly fill: () => Promise<{ readonly organizationId: OrganizationId; readonly rows: Rows }> },
): Promise<void> {
  const { principals, findings, counts } = probing
  // Filling takes turns: it speaks through one connection.
  let turn: Promise<unknown> = Promise.resolve()
  await forEachOf(probing.routes, async (route) => {
    const filled = fillSubject(route, probing.rows)
    const made = bodyOf(route)
    if ('missing' in filled || 'missing' in made || !filled.isOwned || route.permission === 'public') return
    const own = turn.then(fill)
    turn = own
    const { organizationId, rows } = await own
    const subject = fillSubject(route, rows)
    if ('missing' in subject) return
    const as = route.permission === 'operator' ? principals.operator : principals.member
    const headers = { 'x-organization': organizationId }
    const answer = await ask(probing, { route, path: subject.path, as, body: made.body, headers })
    counts.controls += 1
    if (![401, 403, 404].includes(answer.status)) return
    findings.deaf.push(`${nameOf(route)} does not find one's own row: ${answer.status} ${answer.text.slice(0, 300)}`)
  })
}
