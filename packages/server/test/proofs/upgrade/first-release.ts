import type pg from 'pg'
import { newId } from '../../../src/base/ids.ts'
import { type Database, migrate } from '../../../src/db/index.ts'
import { readMigrations } from '../../../src/db/read-migrations.ts'
import {
  fillTenantTables,
  identifier,
  listForeignKeys,
  listTenantTables,
  type TenantTable,
} from '../../tenant-catalogue.ts'

/** The last migration of the first release. */
const firstRelease = 6

/** Brings an empty database to where the first release left it. Returns how many migrations have come since. */
export async function migrateToFirstRelease(database: Database): Promise<number> {
  const all = await readMigrations()
  const first = all.filter(({ version }) => version <= firstRelease)
  await migrate(database, { migrations: first })
  return all.length - first.length
}

/**
 * Organizations with a row in every table, and `runs` finished runs with steps, calls and brands among them: what must
 * come through an upgrade as it is. Returns their ids.
 */
export async function fillFirstRelease(
  database: Database,
  { owner, organizations, runs }: { readonly owner: pg.Client; readonly organizations: number; readonly runs: number },
): Promise<readonly string[]> {
  const tables = await listTenantTables(database)
  const ids: string[] = []
  for (let number = 0; number < organizations; number += 1) {
    const id = newId<'organization'>()
    ids.push(id)
    await addOldOrganization(owner, id)
    await fillTenantTables(database, { tables, organizationId: id })
  }
  await joinRows(database, { owner, tables })
  for (const statement of [insertRuns, insertSteps, insertCalls]) {
    await owner.query('begin; set local session_replication_role = replica')
    await owner.query(statement, statement === insertRuns ? [ids, runs] : [ids])
    await owner.query('commit')
  }
  return ids
}

/** Lets the one row of each table name the one row of the table that it refers to, where it must name any. */
async function joinRows(
  database: Database,
  { owner, tables }: { readonly owner: pg.Client; readonly tables: readonly TenantTable[] },
): Promise<void> {
  const foreignKeys = await listForeignKeys(database)
  const { rows: users } = await owner.query<{ id: string }>(
    `insert into users (id, name, email) values ($1, 'Ann', 'ann@example.com') returning id`,
    [newId()],
  )
  await owner.query('begin; set local session_replication_role = replica')
  // Twice, because a key that is changed may be named by another.
  for (const { child, parent, columns, parentColumns } of [...foreignKeys, ...foreignKeys]) {
    const table = tables.find(({ name }) => name === child)
    const pairs = columns
      .map((column, index) => ({ column, named: parentColumns[index] ?? '' }))
      .filter(
        ({ column }) => column !== 'organization_id' && table?.columns.find(({ name }) => name === column)?.isRequired,
      )
    if (pairs.length === 0 || parent === 'organizations') continue
    if (parent === 'users') {
      await owner.query(`update ${identifier(child)} set ${identifier(pairs[0]?.column ?? '')} = $1`, [users[0]?.id])
      continue
    }
    const set = pairs.map(({ column, named }) => `${identifier(column)} = p.${identifier(named)}`).join(', ')
    await owner.query(
      `update ${identifier(child)} c set ${set} from ${identifier(parent)} p where p.organization_id = c.organization_id`,
    )
  }
  await owner.query('commit')
}

/** An organization with the agent that the old client's runs are of; the agent has its organization's id. */
export async function addOldOrganization(owner: pg.Client, id: string): Promise<void> {
  await owner.query(`insert into organizations (id, name, slug) values ($1::uuid, $1::text, $1::text)`, [id])
  await owner.query(
    `insert into agents (organization_id, id, name, kind) values ($1, $1, 'Stepper', 'workflow') on conflict do nothing`,
    [id],
  )
}

const insertRuns = `
  insert into agent_runs (organization_id, id, agent_id, agent, intent, root_run_id, status, input, input_hash, output,
    requested_by, attempt, fence, sequence, cost_micros)
  select o, id, o, 'Stepper', 'take', id, 'succeeded', jsonb_build_object('text', repeat('é"\\', number % 50)),
    md5(number::text), '{"taken": 2}', 'cli', 1, 1, 3, 9007199254740993
  from unnest($1::uuid[]) o, generate_series(1, $2::int / cardinality($1)) number,
    lateral (select (substr(uuid_at(now() - number * interval '1 minute')::text, 1, 14)
      || '7' || substr(gen_random_uuid()::text, 16))::uuid) made (id)`

const insertSteps = `
  insert into run_steps (organization_id, run_id, key, sequence, kind, status, fence, output, started_at)
  select organization_id, id, 'step ' || number, number + 2, 'step', 'succeeded', 1, to_jsonb(md5(id::text)), created_at
  from agent_runs, generate_series(0, 1) number where organization_id = any($1) and intent = 'take'`

const insertCalls = `
  insert into llm_calls (organization_id, id, run_id, operation, provider, requested_model, prompt_hash, request, response)
  select organization_id, id, id, 'generate', 'p', 'm', 'x', '{"a": 1.10, "b": 1e400}', '"\\u00e9"'
  from agent_runs where organization_id = any($1) and intent = 'take'`
