import { Evaluators } from '@neonhub/contract'
import { z } from 'zod'
import type { RecordedError } from '../../base/errors.ts'
import { asId, type EvalId, type JobId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { AskedPrompt, Dataset, EvalRow } from '../spec.ts'

const Prompts = z.array(z.object({ key: z.string(), version: z.number(), isCandidate: z.boolean() }))

interface Row extends Omit<
  EvalRow,
  'brandId' | 'brand' | 'evaluators' | 'prompts' | 'model' | 'waiting' | 'cancelledBy' | 'finishedAt'
> {
  readonly brandId: string | null
  readonly brand: string | null
  readonly evaluators: unknown
  readonly prompts: unknown
  readonly model: string | null
  readonly waiting: unknown
  readonly cancelledBy: string | null
  readonly finishedAt: Date | null
}

async function select(tx: TenantTx, where: ReturnType<typeof sql>): Promise<readonly EvalRow[]> {
  const { rows } = await sql<Row>`
    select e.id, e.dataset_id as "datasetId", d.slug::text as dataset, d.agent, d.intent, d.brand_id as "brandId",
      b.slug::text as brand, e.status, e.note, e.repeat, e.evaluators, e.evaluators_version as "evaluatorsVersion",
      e.prompts, e.model, e.waiting, e.requested_by as "requestedBy", e.cancelled_by as "cancelledBy",
      e.created_at as "createdAt", e.finished_at as "finishedAt"
    from eval_runs e
    join eval_datasets d on d.organization_id = e.organization_id and d.id = e.dataset_id
    left join brands b on b.organization_id = d.organization_id and b.id = d.brand_id
    where e.organization_id = ${tx.organizationId} and ${where}
  `.execute(tx)
  return rows.map(toEval)
}

const toEval = (row: Row): EvalRow => ({
  ...row,
  brandId: row.brandId === null ? undefined : asId(row.brandId),
  brand: row.brand ?? undefined,
  evaluators: Evaluators.parse(row.evaluators),
  prompts: Prompts.parse(row.prompts),
  model: row.model ?? undefined,
  // Written by this room from a RecordedError.
  waiting: (row.waiting as RecordedError | null) ?? undefined,
  cancelledBy: row.cancelledBy ?? undefined,
  finishedAt: row.finishedAt ?? undefined,
})

/** Evals, newest first: at most `limit`, of one data set (slug) where it is named. */
export function listEvals(
  tx: TenantTx,
  page: { readonly dataset?: string | undefined; readonly before?: string | undefined; readonly limit: number },
): Promise<readonly EvalRow[]> {
  return select(
    tx,
    sql`(${page.dataset ?? null}::citext is null or d.slug = ${page.dataset ?? null}::citext)
      and (${page.before ?? null}::uuid is null or e.id < ${page.before ?? null}::uuid)
    order by e.id desc limit ${page.limit}`,
  )
}

/** An eval by its id; undefined where there is none in this organization. */
export async function findEval(tx: TenantTx, id: string): Promise<EvalRow | undefined> {
  const [found] = await select(tx, sql`e.id = ${id}`)
  return found
}

/** The newest finished eval of the data set that began before another; undefined where there is none. */
export async function findEvalBefore(tx: TenantTx, { id, datasetId }: EvalRow): Promise<EvalRow | undefined> {
  const [found] = await select(
    tx,
    sql`e.dataset_id = ${datasetId} and e.id < ${id} and e.status = 'finished' order by e.id desc limit 1`,
  )
  return found
}

/** Writes an eval that begins. Its items and its job are written in the same transaction. */
export async function insertEval(
  tx: TenantTx,
  one: {
    readonly id: string
    readonly dataset: Dataset
    readonly jobId: JobId
    readonly repeat: number
    readonly note: string
    readonly prompts: readonly AskedPrompt[]
    readonly model: string | undefined
    readonly requestedBy: string
  },
): Promise<void> {
  await tx
    .insertInto('eval_runs')
    .values({
      organization_id: tx.organizationId,
      id: one.id,
      dataset_id: one.dataset.id,
      note: one.note,
      repeat: one.repeat,
      evaluators: jsonb(one.dataset.evaluators),
      evaluators_version: one.dataset.evaluatorsVersion,
      prompts: jsonb(one.prompts),
      model: one.model ?? null,
      job_id: one.jobId,
      wake_at: wakeAt(heldSeconds),
      requested_by: one.requestedBy,
    })
    .execute()
}

/** How long a job may be silent until an eval is given to another. */
const heldSeconds = 60

const wakeAt = (seconds: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`

/** A fresh id of an eval. */
export const newEvalId = (): EvalId => newId<'eval'>()

/**
 * Takes an eval in hand for a job, until this transaction ends, and keeps it for the job for a minute. Undefined where it
 * is over, or another job has it by now.
 */
export async function holdEval(tx: TenantTx, id: string, jobId: JobId): Promise<EvalRow | undefined> {
  const { rows } = await sql`
    update eval_runs set wake_at = ${wakeAt(heldSeconds)}
    where organization_id = ${tx.organizationId} and id = ${id} and status = 'running' and job_id = ${jobId}
    returning id
  `.execute(tx)
  return rows.length > 0 ? findEval(tx, id) : undefined
}

/** Lets an eval go until it is looked at again, and notes why it waits. */
export async function releaseEval(
  tx: TenantTx,
  id: string,
  { seconds, waiting }: { readonly seconds: number; readonly waiting: RecordedError | undefined },
): Promise<void> {
  await sql`
    update eval_runs set wake_at = ${wakeAt(seconds)}, waiting = ${waiting === undefined ? null : jsonb(waiting)}
    where organization_id = ${tx.organizationId} and id = ${id} and status = 'running'
  `.execute(tx)
}

/** Gives an eval that is due to a new job. False where it is not due, or over. The job is written before. */
export async function giveEval(tx: TenantTx, id: string, jobId: JobId): Promise<boolean> {
  const { rows } = await sql`
    update eval_runs set job_id = ${jobId}, wake_at = ${wakeAt(heldSeconds)}
    where organization_id = ${tx.organizationId} and id = ${id} and status = 'running' and wake_at <= clock_timestamp()
    returning id
  `.execute(tx)
  return rows.length > 0
}

/** Whether an eval is running and due; locks it. */
export async function isDue(tx: TenantTx, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from eval_runs
    where organization_id = ${tx.organizationId} and id = ${id} and status = 'running' and wake_at <= clock_timestamp()
    for update
  `.execute(tx)
  return rows.length > 0
}

/** Ends an eval. False where it was over. */
export async function endEval(
  tx: TenantTx,
  id: string,
  { status, by }: { readonly status: 'finished' | 'cancelled'; readonly by?: string },
): Promise<boolean> {
  const { rows } = await sql`
    update eval_runs set status = ${status}::eval_status, cancelled_by = ${by ?? null}, waiting = null,
      finished_at = clock_timestamp(), updated_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and id = ${id} and status = 'running' returning id
  `.execute(tx)
  return rows.length > 0
}

/** The evals of a data set that are under way. */
export async function listUnderWay(tx: TenantTx, datasetId: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('eval_runs')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('dataset_id', '=', datasetId)
    .where('status', '=', 'running')
    .execute()
  return rows.map(({ id }) => id)
}
