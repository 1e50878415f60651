import { type ComparedRun, type RunDetail, routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../../../base/errors.ts'
import { asId } from '../../../../../../base/ids.ts'
import { compareRuns as compare } from '../../../../../compare-runs.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import type { ReadOnly } from '../../../../../read-only.ts'

export const compareRuns = implement(routes.compareRuns)(async ({ parts, params, query, inTenant }) => {
  const find = async (id: string) =>
    orNotFound(await inTenant((tx) => parts.services.findRunDetail(tx, asId(id))), 'run')
  const fork = await find(params.id)
  const originalId = query.with ?? fork.forkedFromRunId
  if (originalId === undefined) throw nothingToCompare()
  const original = await find(originalId)
  return { status: 200, body: { original: runOf(original), fork: runOf(fork), ...compare(original, fork) } }
})

/** Without its journal. */
function runOf({
  steps: _steps,
  llmCalls: _calls,
  toolExecutions: _executions,
  content: _content,
  children: _children,
  ...run
}: ReadOnly<RunDetail>): ReadOnly<ComparedRun> {
  return run
}

const nothingToCompare = () =>
  new NeonHubError('http.nothing_to_compare', 'The run was made of no other that is there', {
    kind: 'conflict',
    hint: 'Name the run to compare it with: ?with=ID',
  })
