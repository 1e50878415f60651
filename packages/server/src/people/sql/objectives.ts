import { newId, type PersonId } from '../../base/ids.ts'
import { sql, type TenantTx, toJsonText } from '../../db/index.ts'
import type { Objective, ObjectiveState } from '../spec.ts'

interface Row {
  readonly id: string
  readonly personId: PersonId
  readonly text: string
  readonly state: ObjectiveState
  readonly dueOn: string | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly closedBy: string | null
  readonly closedAt: Date | null
}

// A day has no time zone, and a driver that made it a moment would give it one.
const columns = sql`
  id, person_id as "personId", text, state, to_char(due_on, 'YYYY-MM-DD') as "dueOn", created_by as "createdBy",
  created_at as "createdAt", closed_by as "closedBy", closed_at as "closedAt"
`

const toObjective = ({ dueOn, closedBy, closedAt, ...row }: Row): Objective => ({
  ...row,
  dueOn: dueOn ?? undefined,
  closedBy: closedBy ?? undefined,
  closedAt: closedAt ?? undefined,
})

/** At most `limit` objectives with a person: the open ones first, then by what became of them, the newest first. */
export async function listObjectives(
  tx: TenantTx,
  { personId, limit }: { readonly personId: PersonId; readonly limit: number },
): Promise<readonly Objective[]> {
  const { rows } = await sql<Row>`
    select ${columns} from objectives
    where organization_id = ${tx.organizationId} and person_id = ${personId}
    order by state, id desc limit ${limit}
  `.execute(tx)
  return rows.map(toObjective)
}

/** The objective of an id, locked until the transaction ends; undefined where there is none. */
export async function lockObjective(tx: TenantTx, id: string): Promise<Objective | undefined> {
  const { rows } = await sql<Row>`
    select ${columns} from objectives where organization_id = ${tx.organizationId} and id = ${id} for update
  `.execute(tx)
  return rows[0] && toObjective(rows[0])
}

export async function insertObjective(
  tx: TenantTx,
  {
    personId,
    text,
    dueOn,
    createdBy,
  }: {
    readonly personId: PersonId
    readonly text: string
    readonly dueOn: string | undefined
    readonly createdBy: string
  },
): Promise<Objective> {
  const { rows } = await sql<Row>`
    insert into objectives (organization_id, id, person_id, text, due_on, created_by)
    values (${tx.organizationId}, ${newId()}, ${personId}, ${text}, ${dueOn ?? null}::date, ${createdBy})
    returning ${columns}
  `.execute(tx)
  return toObjective(oneOf(rows))
}

/** Writes a state, and who closed it and when; an open one was closed by nobody. Returns it as it is now. */
export async function updateObjectiveState(
  tx: TenantTx,
  { id, state, by }: { readonly id: string; readonly state: ObjectiveState; readonly by: string },
): Promise<Objective> {
  const isOpen = state === 'open'
  const { rows } = await sql<Row>`
    update objectives set
      state = ${state}, closed_by = ${isOpen ? null : by},
      closed_at = ${isOpen ? null : sql`clock_timestamp()`}, updated_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and id = ${id}
    returning ${columns}
  `.execute(tx)
  return toObjective(oneOf(rows))
}

/** How many objectives there are with these people. */
export async function countObjectives(tx: TenantTx, personIds: readonly PersonId[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from objectives
    where organization_id = ${tx.organizationId}
      and person_id in (select id::uuid from jsonb_array_elements_text(${toJsonText(personIds)}::text::jsonb) as ids (id))
  `.execute(tx)
  return oneOf(rows).count
}

function oneOf<One>([row]: readonly One[]): One {
  if (row === undefined) throw new TypeError('a statement that always returns a row returned none')
  return row
}
