import { NeonHubError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { addJob } from '../queue/index.ts'
import type { TuningSources } from './spec.ts'
import { haveDatasets, loadTexts } from './sql/load-texts.ts'
import { lockBrand } from './sql/lock-brand.ts'
import { hasUnfinished, insertTrainingJob, newTrainingJobId } from './sql/training-jobs.ts'
import { splitTexts } from './train/split-texts.ts'

export interface TuningRequest {
  /** Slug. */
  readonly brand: string
  readonly sources: TuningSources
  readonly seed: number
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly requestedBy: string
}

/**
 * Writes down that a brand's voice is to be learned, with the job that a worker does; dispatch it once the transaction is
 * committed. Undefined where there is no such brand, or a dataset is not the brand's. Throws `learning.too_few_sources`
 * before anything is written, and `learning.unfinished` while an earlier job of the brand goes on.
 */
export async function requestTuning(
  tx: TenantTx,
  { brand: slug, sources, seed, requestedBy }: TuningRequest,
): Promise<{ readonly id: string; readonly jobId: JobId } | undefined> {
  const brand = await lockBrand(tx, { slug })
  if (!brand) return undefined
  const { datasetIds } = sources
  if (datasetIds?.length && !(await haveDatasets(tx, { brandId: brand.id, datasetIds }))) return undefined
  if (await hasUnfinished(tx, brand.id)) {
    throw new NeonHubError('learning.unfinished', `The voice of ${brand.name} is being learned already`, {
      kind: 'conflict',
      hint: 'Wait for it, or call it off first.',
    })
  }
  splitTexts(await loadTexts(tx, { brandId: brand.id, sources }), seed)
  const id = newTrainingJobId()
  const jobId = await addJob(tx, { queue: 'learning.tune', payload: { trainingJobId: id } })
  await insertTrainingJob(tx, { id, brandId: brand.id, jobId, sources, seed, requestedBy })
  return { id, jobId }
}
