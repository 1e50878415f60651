import type { Route } from '@neonhub/contract'
import { createRandom } from '../random.ts'
import { expectedStatus, type Principal } from './principals.ts'
import { type Answer, ask, bodyOf, forEachOf, type Probing } from './probing.ts'
import { at, put, sampleOf } from './sample-of.ts'
import { fillSubject } from './subjects.ts'

const isId = (text: string | null): text is string => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text ?? '')

/** An id beside this one, of the same millisecond, that nobody has. */
const besideOf = (id: string) => `${id.slice(0, -4)}${id.endsWith('0000') ? 'ffff' : '0000'}`

/** Asks every operation for what is another organization's, as each kind of principal. */
export async function probeForeign(probing: Probing): Promise<void> {
  await forEachOf(probing.routes, async (route) => {
    const filled = fillSubject(route, probing.rows)
    if (route.permission === 'public') return
    const made = bodyOf(route)
    if ('missing' in filled) {
      probing.findings.unfilled.push(`${nameOf(route)} cannot be filled: there is no ${filled.missing}`)
      return
    }
    if ('missing' in made) {
      probing.findings.unfilled.push(`${nameOf(route)} cannot be filled: it has no ${made.missing}`)
      return
    }
    const principals = await principalsFor(probing, route)
    for (const as of principals) {
      if (filled.isOwned) await askForRow(probing, { route, path: filled.path, as, body: made.body })
      await askInside(probing, { route, path: filled.path, as, body: made.body })
    }
    await askWithin(probing, { route, path: filled.path, body: made.body })
  })
}

export const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`

async function principalsFor({ principals }: Probing, { permission }: Route): Promise<readonly Principal[]> {
  const { nobody, member, key, viewer } = principals
  const isGranted = permission !== 'public' && permission !== 'signed-in' && permission !== 'operator'
  return [nobody, member, key, viewer, ...(isGranted ? [await principals.keyWithout(permission)] : [])]
}

interface Asked {
  readonly route: Route
  readonly path: string
  readonly as: Principal
  readonly body: unknown
}

/** By its id, out of one's own organization: as if it were not there, and in the same words. */
async function askForRow(probing: Probing, asked: Asked): Promise<void> {
  const { route, path, as } = asked
  const answer = await ask(probing, asked)
  const expected = expectedStatus(route.permission, as)
  // A program has no account; the contract says so of the operations that need one.
  const isUserOnly = as.kind === 'key' && answer.code === 'identity.user_only'
  if (answer.status !== expected && !isUserOnly) {
    const what = `${as.name} asks for a foreign row: ${answer.status} ${answer.code ?? ''}, and not ${expected}`
    probing.findings.wrongAnswers.push(`${nameOf(route)}: ${what}`)
  }
  const absent = path.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, besideOf)
  compare(probing, {
    what: `${nameOf(route)} by ${as.name}`,
    foreign: answer,
    absent: await ask(probing, { ...asked, path: absent }),
  })
}

/** By naming the other organization as the one to act in: it is not there, whatever is asked for in it. */
async function askInside(probing: Probing, asked: Asked): Promise<void> {
  const answer = await ask(probing, { ...asked, headers: { 'x-organization': probing.organizations.theirs } })
  const expected = asked.as.kind === 'nobody' ? 401 : 404
  if (answer.status === expected) return
  const what = `${asked.as.name} acts in a foreign organization: ${answer.status} ${answer.code ?? ''}, and not ${expected}`
  probing.findings.wrongAnswers.push(`${nameOf(asked.route)}: ${what}`)
}

/** In the query and in the body: a foreign id there is answered like one that nobody has. */
async function askWithin(probing: Probing, { route, path, body }: Omit<Asked, 'as'>): Promise<void> {
  const as = route.permission === 'operator' ? probing.principals.operator : probing.principals.member
  const own = path.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, besideOf)
  for (const part of ['query', 'body'] as const) {
    const schema = route.request[part]
    if (!schema) continue
    for (const place of sampleOf(schema, { isFull: true }).ids) {
      for (const id of foreignIds(probing)) {
        const askWith = (value: string) =>
          part === 'query'
            ? ask(probing, { route, path: `${own}?${place.join('.')}=${value}`, as, body })
            : ask(probing, { route, path: own, as, body: put(withList(body, place), place, value) })
        const foreign = await askWith(id)
        const absent = await askWith(besideOf(id))
        compare(probing, { what: `${nameOf(route)}, ${part} ${place.join('.')}`, foreign, absent })
      }
    }
  }
}

/** A body in which the lists on the way to a place have an item to put it in. */
function withList(body: unknown, place: readonly string[]): unknown {
  const index = place.findIndex((name) => name === '0')
  if (index < 0) return body
  const list = place.slice(0, index)
  const standing = at(body, list)
  return Array.isArray(standing) && standing.length > 0 ? body : put(body, list, [undefined])
}

/** Ids of the other organization's rows: all of them, or in the short form some that the seed chooses. */
function foreignIds({ rows, seed, isShort }: Probing): readonly string[] {
  const random = createRandom(seed)
  const ids = [...rows.values()].map((row) => row['id'] ?? null).filter(isId)
  const shuffled = ids
    .map((id) => ({ id, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ id }) => id)
  return isShort ? shuffled.slice(0, 5) : shuffled
}

function compare(
  { findings }: Probing,
  { what, foreign, absent }: { readonly what: string; readonly foreign: Answer; readonly absent: Answer },
): void {
  const plain = ({ status, text }: Answer) =>
    `${status} ${text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')}`
  if (plain(foreign) === plain(absent)) return
  findings.differingAnswers.push(`${what}: foreign ${plain(foreign)} / absent ${plain(absent)}`)
}
