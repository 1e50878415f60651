import { type Limit, routes } from '@neonhub/contract'
import { compact } from '../../base/compact.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** What a limit is of; of everything where nothing is named. */
export interface LimitSubjectFlags {
  readonly brand?: string
  readonly agent?: string
  readonly connection?: string
}

export interface LimitFlags extends LimitSubjectFlags {
  readonly atOnce?: number
  readonly perMinute?: number
}

/** The limits that are set, with how much goes on of each. */
export async function listLimits(client: ApiClient, terminal: Terminal): Promise<void> {
  const { limits } = await client.call(routes.listLimits)
  if (terminal.isJson) return terminal.print(JSON.stringify(limits))
  if (limits.length === 0) {
    return terminal.print(
      'As much goes on at once as the workers do. To set a limit: neonhub limits set --agent ContentAgent --at-once 2',
    )
  }
  terminal.print(formatTable([['FOR', 'AT ONCE', 'A MINUTE', 'NOW'], ...limits.map(toRow)]))
}

const subjectOf = ({ scope, brand, agent, connection }: Limit) =>
  scope === 'organization' ? 'everything' : `${scope} ${plainText(brand ?? agent ?? connection ?? '')}`

const toRow = (limit: Limit): readonly string[] => [
  subjectOf(limit),
  `${limit.atOnce ?? '-'}`,
  `${limit.perMinute ?? '-'}`,
  `${limit.used}`,
]

/** Sets one in the place of what was set for the same subject. */
export async function setLimit(client: ApiClient, terminal: Terminal, flags: LimitFlags): Promise<void> {
  const limit = await client.call(routes.setLimit, { body: { scope: scopeOf(flags), ...compact({ ...flags }) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(limit))
  terminal.print(formatTable([['FOR', 'AT ONCE', 'A MINUTE', 'NOW'], toRow(limit)]))
}

/** Takes away what is set for a subject. */
export async function removeLimit(client: ApiClient, terminal: Terminal, flags: LimitSubjectFlags): Promise<void> {
  const scope = scopeOf(flags)
  const { limits } = await client.call(routes.listLimits)
  const same = (one: Limit) =>
    one.scope === scope &&
    one.brand?.toLowerCase() === flags.brand?.toLowerCase() &&
    one.agent === flags.agent &&
    one.connection?.toLowerCase() === flags.connection?.toLowerCase()
  const limit = limits.find(same)
  if (!limit) {
    throw new NeonHubError('cli.limit_unknown', 'No such limit is set', {
      kind: 'not_found',
      hint: limits.length === 0 ? 'None is.' : `There are limits for ${limits.map(subjectOf).join(', ')}.`,
    })
  }
  const removed = await client.call(routes.removeLimit, { params: { id: limit.id } })
  terminal.print(terminal.isJson ? JSON.stringify(removed) : `Nothing limits ${subjectOf(removed)} any more.`)
}

function scopeOf({ brand, agent, connection }: LimitSubjectFlags): Limit['scope'] {
  const named: Limit['scope'][] = []
  if (brand !== undefined) named.push('brand')
  if (agent !== undefined) named.push('agent')
  if (connection !== undefined) named.push('connection')
  const [scope = 'organization', second] = named
  if (second === undefined) return scope
  throw new NeonHubError('cli.limit_of_two', `A limit is of one thing, and not of ${named.join(' and ')}`, {
    kind: 'invalid',
    hint: 'Set one for each.',
  })
}
