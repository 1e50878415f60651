import type { Principal } from './principals.ts'
import { ask, bodyOf, forEachOf, type Probing } from './probing.ts'
import { nameOf } from './probe-foreign.ts'
import { put, sampleOf } from './sample-of.ts'
import { fillSubject } from './subjects.ts'

const unknown = 'unknownProperty'

/** Sends every operation a property that it does not declare, in the query and in each object of its body. */
export async function probeUnknown(probing: Probing): Promise<void> {
  const { principals, findings } = probing
  await forEachOf(probing.routes, async (route) => {
    const filled = fillSubject(route, probing.rows)
    const made = bodyOf(route)
    // Both were told of by the probe before.
    if ('missing' in made) return
    const path = 'missing' in filled ? route.path : filled.path
    const as: Principal =
      route.permission === 'public'
        ? principals.nobody
        : route.permission === 'operator'
          ? principals.operator
          : principals.member
    const inQuery = await ask(probing, { route, path: `${path}?${unknown}=x`, as, body: made.body })
    if (inQuery.status !== 400) {
      findings.unknownWritten.push(`${nameOf(route)} takes a query that it does not declare: ${inQuery.status}`)
    }
    if (!route.request.body) return
    const { value, closed } = sampleOf(route.request.body, { isFull: true })
    if (!closed.some((place) => place.length === 0)) {
      findings.unknownWritten.push(`${nameOf(route)} declares a body that takes any property`)
    }
    for (const place of closed) {
      const body = put(place.length === 0 ? made.body : value, [...place, unknown], 'x')
      const answer = await ask(probing, { route, path, as, body })
      if (answer.status === 400 && answer.text.includes(unknown)) continue
      findings.unknownWritten.push(
        `${nameOf(route)} does not refuse ${[...place, unknown].join('.')}: ${answer.status} ${answer.text.slice(0, 200)}`,
      )
    }
  })
}
