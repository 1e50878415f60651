import type { EvalCase, EvalDataset } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { Case, Dataset } from '../evals/index.ts'
import type { ReadOnly } from './read-only.ts'

/** A data set as the contract shows it. */
export function toEvalDataset({ brandId: _brandId, createdAt, updatedAt, ...dataset }: Dataset): ReadOnly<EvalDataset> {
  return { ...compact(dataset), createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}

/** A case as the contract shows it. */
export function toEvalCase({ createdAt, input, expected, ...one }: Case): ReadOnly<EvalCase> {
  return {
    ...compact(one),
    input,
    ...(expected === undefined ? {} : { expected }),
    createdAt: createdAt.toISOString(),
  }
}
