import { z } from 'zod'
import type { RecordedError } from '../../base/errors.ts'
import { asId, type BrandId, type JobId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { TrainingStatus, TuningSources } from '../spec.ts'

const Sources = z.object({ datasetIds: z.array(z.string()).optional(), approvedContent: z.boolean() })
const Failure = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean(),
})

/** How many there were of each. */
export interface TuningCounts {
  readonly texts: number
  readonly trainingPassages: number
  readonly heldOutPassages: number
  readonly contrastPassages: number
}

/** That somebody asked for a voice to be learned, and what came of it. */
export interface TrainingJob extends TuningCounts {
  readonly id: string
  /** Slug. */
  readonly brand: string
  readonly status: TrainingStatus
  readonly sources: TuningSources
  readonly seed: number
  readonly stage: string
  /** Percent. */
  readonly progress: number
  readonly error: z.output<typeof Failure> | undefined
  readonly modelVersionId: string | null
  readonly requestedBy: string
  readonly cancelledBy: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** A job that took down its workers, or whose end could not be written here, is over although its row does not say so. */
const isLost = sql<boolean>`(t.status in ('queued', 'running') and j.status in ('failed', 'parked'))`

type Row = Omit<TrainingJob, 'sources' | 'error'> & { readonly sources: unknown; readonly error: unknown }

async function select(tx: TenantTx, where: ReturnType<typeof sql>): Promise<readonly TrainingJob[]> {
  const { rows } = await sql<Row>`
    select t.id, b.slug::text as brand,
      case when ${isLost} then 'failed'::training_status else t.status end as status,
      t.sources, t.seed, t.stage, t.progress, t.texts, t.training_passages as "trainingPassages",
      t.held_out_passages as "heldOutPassages", t.contrast_passages as "contrastPassages",
      coalesce(t.error, case when ${isLost} then j.error end) as error, t.model_version_id as "modelVersionId",
      t.requested_by as "requestedBy", t.cancelled_by as "cancelledBy", t.created_at as "createdAt",
      t.started_at as "startedAt", t.finished_at as "finishedAt"
    from training_jobs t
    join brands b on b.organization_id = t.organization_id and b.id = t.brand_id
    join agent_jobs j on j.organization_id = t.organization_id and j.id = t.job_id
    where t.organization_id = ${tx.organizationId} and ${where}
  `.execute(tx)
  return rows.map(({ sources, error, ...row }) => ({
    ...row,
    sources: Sources.parse(sources),
    error: error === null ? undefined : Failure.parse(error),
  }))
}

/** The organization's jobs, newest first: at most `limit`, of one brand (slug) where it is named. */
export function listTrainingJobs(
  tx: TenantTx,
  {
    brand,
    before,
    limit,
  }: { readonly brand?: string | undefined; readonly before?: string | undefined; readonly limit: number },
): Promise<readonly TrainingJob[]> {
  return select(
    tx,
    sql`(${brand ?? null}::citext is null or b.slug = ${brand ?? null}::citext)
      and (${before ?? null}::uuid is null or t.id < ${before ?? null}::uuid)
    order by t.id desc limit ${limit}`,
  )
}

/** A job by its id; undefined where there is none in this organization. */
export async function findTrainingJob(tx: TenantTx, id: string): Promise<TrainingJob | undefined> {
  const [job] = await select(tx, sql`t.id = ${id}`)
  return job
}

/** Whether a job of the brand is neither over nor lost. The caller holds the brand's row. */
export async function hasUnfinished(tx: TenantTx, brandId: BrandId): Promise<boolean> {
  const rows = await select(tx, sql`t.brand_id = ${brandId} and t.status in ('queued', 'running') and not ${isLost}`)
  return rows.length > 0
}

/** Writes down what is asked. Its job is written in the same transaction, before it. */
export async function insertTrainingJob(
  tx: TenantTx,
  job: {
    readonly id: string
    readonly brandId: BrandId
    readonly jobId: JobId
    readonly sources: TuningSources
    readonly seed: number
    readonly requestedBy: string
  },
): Promise<void> {
  await tx
    .insertInto('training_jobs')
    .values({
      organization_id: tx.organizationId,
      id: job.id,
      brand_id: job.brandId,
      job_id: job.jobId,
      sources: jsonb(job.sources),
      seed: job.seed,
      requested_by: job.requestedBy,
    })
    .execute()
}

/** What a worker takes up. */
export interface TakenJob {
  readonly brandId: BrandId
  readonly sources: TuningSources
  readonly seed: number
  readonly requestedBy: string
}

/** Takes a job up, or up again after a worker that was lost. Undefined where it is over, or called off. */
export async function takeTrainingJob(tx: TenantTx, id: string): Promise<TakenJob | undefined> {
  const row = await tx
    .updateTable('training_jobs')
    .set({
      status: 'running',
      stage: 'reading',
      started_at: sql<Date>`coalesce(started_at, clock_timestamp())`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', 'in', ['queued', 'running'])
    .returning(['brand_id', 'sources', 'seed', 'requested_by'])
    .executeTakeFirst()
  if (!row) return undefined
  const sources = Sources.parse(row.sources)
  return { brandId: asId(row.brand_id), sources, seed: row.seed, requestedBy: row.requested_by }
}

/** Says how far it is. False where it is over meanwhile: somebody called it off, or another worker was faster. */
export async function reportTraining(
  tx: TenantTx,
  { id, stage, progress }: { readonly id: string; readonly stage: string; readonly progress: number },
): Promise<boolean> {
  return update(tx, id, sql`stage = ${stage}, progress = ${progress}`)
}

/** Ends it well. False where it is over already: then what it came to is not to be kept. */
export function succeedTraining(
  tx: TenantTx,
  { id, versionId, counts }: { readonly id: string; readonly versionId: string; readonly counts: TuningCounts },
): Promise<boolean> {
  return update(
    tx,
    id,
    sql`status = 'succeeded', stage = 'done', progress = 100, finished_at = clock_timestamp(),
      model_version_id = ${versionId}, texts = ${counts.texts}, training_passages = ${counts.trainingPassages},
      held_out_passages = ${counts.heldOutPassages}, contrast_passages = ${counts.contrastPassages}`,
  )
}

/** Ends it badly. False where it is over already. */
export function failTraining(
  tx: TenantTx,
  { id, error }: { readonly id: string; readonly error: RecordedError },
): Promise<boolean> {
  return update(tx, id, sql`status = 'failed', finished_at = clock_timestamp(), error = ${jsonb(error)}`)
}

async function update(tx: TenantTx, id: string, changes: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await sql`
    update training_jobs set ${changes}, updated_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and id = ${id} and status = 'running' returning id
  `.execute(tx)
  return rows.length > 0
}

/** Calls it off, whether or not a worker has it; one that is over stays as it is. False where it was over. */
export async function cancelTraining(
  tx: TenantTx,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<boolean> {
  const { rows } = await sql`
    update training_jobs
    set status = 'cancelled', stage = 'called off', cancelled_by = ${by}, finished_at = clock_timestamp(),
      updated_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and id = ${id} and status in ('queued', 'running') returning id
  `.execute(tx)
  return rows.length > 0
}

/** A fresh id of a job. */
export const newTrainingJobId = (): string => newId<'training_job'>()
