import { type ErrorIssue, NeonHubError } from '../base/errors.ts'
import { type Agent, parseAsked } from '../runtime/index.ts'
import type { Dataset, NewCase } from './spec.ts'

/** Characters of the JSON of a case. */
const largestCase = 200_000

/**
 * Checks what cases ask by the intent's own schema. Throws `evals.case_invalid` with the path of each fault:
 * `cases[2].input.topic`; nothing of them is kept then.
 */
export function assertCases(
  agents: ReadonlyMap<string, Agent>,
  { agent, intent, brand }: Pick<Dataset, 'agent' | 'intent' | 'brand'>,
  cases: readonly NewCase[],
): void {
  const seen = new Set<string>()
  const issues = cases.flatMap(({ name, input, expected }, index): readonly ErrorIssue[] => {
    const place = `cases[${index}]`
    if (seen.has(name)) return [{ path: `${place}.name`, message: `there is another case named "${name}"` }]
    seen.add(name)
    if (JSON.stringify([input, expected]).length > largestCase)
      return [{ path: place, message: `must have at most ${largestCase} characters` }]
    return faultsOf(agents, { agent, intent, input, hasBrand: brand !== undefined }).map(({ path, message }) => ({
      path: path === '(root)' ? `${place}.input` : `${place}.input.${path}`,
      message,
    }))
  })
  if (issues.length === 0) return
  const told = issues.slice(0, 20).map(({ path, message }) => `${path}: ${message}`)
  const more = issues.length > told.length ? ` and ${issues.length - told.length} more` : ''
  throw new NeonHubError('evals.case_invalid', `Some cases do not fit ${agent} ${intent}: ${told.join('; ')}${more}`, {
    kind: 'invalid',
    issues: issues.slice(0, 100),
    hint: 'Correct the places that are named; `neonhub agents` shows what the intent takes. None of the cases was kept.',
  })
}

function faultsOf(
  agents: ReadonlyMap<string, Agent>,
  asked: { readonly agent: string; readonly intent: string; readonly input: unknown; readonly hasBrand: boolean },
): readonly ErrorIssue[] {
  try {
    parseAsked(agents, asked)
    return []
  } catch (error) {
    if (error instanceof NeonHubError && error.code === 'runtime.input_invalid') return error.issues
    throw error
  }
}
