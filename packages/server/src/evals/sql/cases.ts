import { compact } from '../../base/compact.ts'
import { newId } from '../../base/ids.ts'
import { hashJson } from '../../base/json.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Case, NewCase } from '../spec.ts'

interface Row extends Omit<Case, 'expected' | 'sourceRunId'> {
  readonly expected: unknown
  readonly sourceRunId: string | null
}

const toCase = ({ expected, sourceRunId, ...row }: Row): Case => ({
  ...row,
  expected: expected ?? undefined,
  sourceRunId: sourceRunId ?? undefined,
})

/** The cases that are in force, by name. */
export async function listCases(tx: TenantTx, datasetId: string): Promise<readonly Case[]> {
  const { rows } = await sql<Row>`
    select id, name, version, input, expected, tags, source_run_id as "sourceRunId", created_by as "createdBy",
      created_at as "createdAt"
    from (
      select distinct on (name) * from eval_cases
      where organization_id = ${tx.organizationId} and dataset_id = ${datasetId} order by name, version desc
    ) as newest
    where not removed order by name
  `.execute(tx)
  return rows.map(toCase)
}

/** What became of cases that were handed in, by their names. */
export interface AddedCases {
  readonly added: string[]
  readonly changed: string[]
  readonly unchanged: string[]
}

/** Adds cases to a data set that is locked. What is there as it is handed in stays, and what is not gets a version. */
export async function addCases(
  tx: TenantTx,
  { datasetId, cases, createdBy }: { datasetId: string; cases: readonly NewCase[]; createdBy: string },
): Promise<AddedCases> {
  const newest = await listNewest(tx, datasetId)
  const result: AddedCases = { added: [], changed: [], unchanged: [] }
  for (const one of cases) {
    const hash = hashOf(one)
    const before = newest.get(one.name)
    if (before && !before.removed && before.hash === hash) {
      result.unchanged.push(one.name)
      continue
    }
    await insertCase(tx, { datasetId, version: (before?.version ?? 0) + 1, hash, createdBy, ...one })
    ;(before && !before.removed ? result.changed : result.added).push(one.name)
  }
  return result
}

const hashOf = ({ input, expected, tags }: NewCase) => hashJson({ input, expected: expected ?? null, tags })

async function listNewest(tx: TenantTx, datasetId: string) {
  const { rows } = await sql<{ name: string; version: number; hash: string; removed: boolean }>`
    select distinct on (name) name, version, content_hash as hash, removed from eval_cases
    where organization_id = ${tx.organizationId} and dataset_id = ${datasetId} order by name, version desc
  `.execute(tx)
  return new Map(rows.map((row) => [row.name, row]))
}

async function insertCase(
  tx: TenantTx,
  one: NewCase & {
    readonly datasetId: string
    readonly version: number
    readonly hash: string
    readonly createdBy: string
    readonly removed?: boolean
  },
): Promise<void> {
  await tx
    .insertInto('eval_cases')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      dataset_id: one.datasetId,
      name: one.name,
      version: one.version,
      input: jsonb(one.input),
      expected: one.expected === undefined || one.expected === null ? null : jsonb(one.expected),
      tags: [...one.tags],
      content_hash: one.hash,
      removed: one.removed ?? false,
      source_run_id: one.sourceRunId ?? null,
      created_by: one.createdBy,
    })
    .execute()
}

/** Takes a case out of a data set that is locked. Undefined where there is none of this name. */
export async function removeCase(
  tx: TenantTx,
  { datasetId, name, removedBy }: { readonly datasetId: string; readonly name: string; readonly removedBy: string },
): Promise<Case | undefined> {
  const found = (await listCases(tx, datasetId)).find((one) => one.name === name)
  if (!found) return undefined
  const { input, expected, tags, version, sourceRunId } = found
  const content = { name, input, expected, tags, ...compact({ sourceRunId }) }
  await insertCase(tx, {
    datasetId,
    version: version + 1,
    hash: hashOf(content),
    createdBy: removedBy,
    removed: true,
    ...content,
  })
  return found
}
