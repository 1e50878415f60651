import type { ModelVersion, TrainingJob } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { ModelVersion as StoredVersion, TrainingJob as StoredJob } from '../learning/index.ts'
import type { ReadOnly } from './read-only.ts'

/** A job as the contract shows it. */
export function toTrainingJob({
  sources: { datasetIds, approvedContent },
  createdAt,
  startedAt,
  finishedAt,
  error,
  ...job
}: StoredJob): ReadOnly<TrainingJob> {
  return {
    ...compact(job),
    sources: { approvedContent, ...compact({ datasetIds }) },
    ...(error && { error: { ...error } }),
    createdAt: createdAt.toISOString(),
    ...compact({ startedAt: startedAt?.toISOString(), finishedAt: finishedAt?.toISOString() }),
  }
}

/** A version as the contract shows it. */
export function toModelVersion({
  brandId: _brandId,
  createdAt,
  activatedAt,
  ...version
}: StoredVersion): ReadOnly<ModelVersion> {
  return {
    ...compact(version),
    createdAt: createdAt.toISOString(),
    ...compact({ activatedAt: activatedAt?.toISOString() }),
  }
}
