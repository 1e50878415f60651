import { asId, newId, type RunId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** A person's mark on a run, or on one of its steps. */
export interface Score {
  readonly id: string
  readonly runId: RunId
  readonly stepKey: string | undefined
  /** What is marked: quality, tone, facts. */
  readonly name: string
  /** From 0 (bad) to 1 (good). */
  readonly value: number
  readonly comment: string
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly scoredBy: string
  readonly createdAt: Date
}

/** The newest are read; a run that is marked more often is no run that people marked. */
const mostScores = 500

const columns = ['id', 'run_id', 'step_key', 'name', 'value', 'comment', 'scored_by', 'created_at'] as const

interface ScoreRow {
  readonly id: string
  readonly run_id: string
  readonly step_key: string | null
  readonly name: string
  readonly value: number
  readonly comment: string
  readonly scored_by: string
  readonly created_at: Date
}

const toScore = (row: ScoreRow): Score => ({
  id: row.id,
  runId: asId(row.run_id),
  stepKey: row.step_key ?? undefined,
  name: row.name,
  value: row.value,
  comment: row.comment,
  scoredBy: row.scored_by,
  createdAt: row.created_at,
})

/** Adds a mark. That the run, and the step, are there is for the caller to know. */
export async function addScore(tx: TenantTx, score: Omit<Score, 'id' | 'createdAt'>): Promise<Score> {
  const row = await tx
    .insertInto('run_scores')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      run_id: score.runId,
      step_key: score.stepKey ?? null,
      name: score.name,
      value: score.value,
      comment: score.comment,
      scored_by: score.scoredBy,
    })
    .returning(columns)
    .executeTakeFirstOrThrow()
  return toScore(row)
}

/** The marks on a run, newest first. */
export async function listScores(tx: TenantTx, runId: RunId): Promise<readonly Score[]> {
  const rows = await tx
    .selectFrom('run_scores')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', runId)
    .orderBy('id', 'desc')
    .limit(mostScores)
    .execute()
  return rows.map(toScore)
}
