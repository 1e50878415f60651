import { NeonHubError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import type { Dataset, NewCase } from './spec.ts'

/**
 * A run as a case: its input and, where it is asked for, what it answered as what is expected. Throws `evals.run_unknown`
 * where there is no such run in the organization, `evals.run_of_other` where it is another intent's or brand's, and
 * `evals.run_unanswered` where it has not answered.
 */
export async function caseOfRun(
  tx: TenantTx,
  dataset: Dataset,
  run: {
    readonly id: RunId
    readonly name?: string | undefined
    readonly withOutput: boolean
    readonly tags: readonly string[]
  },
): Promise<NewCase> {
  const row = await tx
    .selectFrom('agent_runs')
    .select(['agent', 'intent', 'brand_id', 'input', 'output', 'status'])
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', run.id)
    .executeTakeFirst()
  if (!row) throw new NeonHubError('evals.run_unknown', 'There is no such run', { kind: 'invalid' })
  if (row.agent !== dataset.agent || row.intent !== dataset.intent || (row.brand_id ?? undefined) !== dataset.brandId) {
    const of = `${dataset.agent} ${dataset.intent}${dataset.brand === undefined ? '' : ` for ${dataset.brand}`}`
    throw new NeonHubError(
      'evals.run_of_other',
      `The run is of ${row.agent} ${row.intent}, and ${dataset.slug} of ${of}`,
      {
        kind: 'invalid',
        hint: 'A data set has cases of one intent and one brand: make another one for it.',
      },
    )
  }
  if (run.withOutput && row.status !== 'succeeded') {
    throw new NeonHubError('evals.run_unanswered', `The run has not succeeded, so it has no output to expect`, {
      kind: 'conflict',
    })
  }
  return {
    name: run.name ?? `run ${run.id}`,
    input: row.input,
    ...(run.withOutput ? { expected: row.output } : {}),
    tags: run.tags,
    sourceRunId: run.id,
  }
}
