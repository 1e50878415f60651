import type { Route } from '@neonhub/contract'
import { z } from 'zod'
import type { Rows } from './fill-organization.ts'

/** Tables whose rows an address names by another word than the table's. All others are found by their name. */
const tableOf: Readonly<Record<string, string>> = {
  assets: 'brand_assets',
  memories: 'agent_memories',
  runs: 'agent_runs',
  steps: 'run_steps',
  connections: 'connector_auths',
  actions: 'action_configs',
  members: 'organization_members',
  roles: 'organization_roles',
  triggers: 'trigger_configs',
  budgets: 'budget_profiles',
  evals: 'eval_runs',
  cases: 'eval_cases',
}

/** What the code names and no organization owns, beside closed sets of the contract; there is no foreign one of it. */
const ofCode: Readonly<Record<string, string>> = { '/v1/agents/{name}': 'SEOAgent' }

export type FilledPath =
  | { readonly path: string; /** Whether it names a row. */ readonly isOwned: boolean }
  | { readonly missing: string }

/**
 * The path of a route with its parameters filled from rows: `/v1/webhook-endpoints/{id}` is the `id` of the row in
 * `webhook_endpoints`. Says what is missing where the catalogue has nothing of that name.
 */
export function fillSubject({ path, request }: Pick<Route, 'path' | 'request'>, rows: Rows): FilledPath {
  let isOwned = false
  const filled: string[] = []
  const segments = path.split('/')
  for (const [index, segment] of segments.entries()) {
    const parameter = /^\{(\w+)\}$/.exec(segment)?.[1]
    const word = segments[index - 1] ?? ''
    if (parameter === undefined) {
      filled.push(segment)
      continue
    }
    const shared = ofCode[segments.slice(0, index + 1).join('/')] ?? firstOf(request.params, parameter)
    const table = tableOf[word] ?? word.replaceAll('-', '_')
    const value = shared ?? rows.get(table)?.[parameter]
    if (typeof value !== 'string') return { missing: `${table}.${parameter}` }
    isOwned ||= shared === undefined
    filled.push(encodeURIComponent(value))
  }
  return { path: filled.join('/'), isOwned }
}

/** The first value of a parameter that the contract lets have only certain ones. */
function firstOf(params: z.ZodType | undefined, parameter: string): string | undefined {
  const schema = params instanceof z.ZodObject ? params.shape[parameter] : undefined
  return schema instanceof z.ZodEnum ? String(schema.options[0]) : undefined
}
