import { isId, newId } from '../../../src/base/ids.ts'
import { identifier, sampleValue, type TenantTable } from '../../tenant-catalogue.ts'
import type pg from 'pg'
import { type Ask, inside, type InsideRole } from './insider.ts'
import type { Tally } from './tally.ts'
import { literal, type TextRow, type World } from './world.ts'

const lockModes = ['access share', 'row share', 'share', 'access exclusive']

/** Every table and partition, named directly, against every verb and every foreign value that an attacker may name. */
export async function probeTables(
  client: pg.Client,
  { role, world, tally }: { readonly role: InsideRole; readonly world: World; readonly tally: Tally },
): Promise<void> {
  // The server refuses COPY FROM beside row-level security as a thing that it cannot do.
  await inside(client, { role, organizationId: world.mine, mayRefuse: ['0A000'] }, async (ask) => {
    for (const table of world.tables) await probeTable(ask, { table, role, world, tally })
  })
}

interface TableProbe {
  readonly table: TenantTable
  readonly role: InsideRole
  readonly world: World
  readonly tally: Tally
}

async function probeTable(ask: Ask, { table, role, world, tally }: TableProbe): Promise<void> {
  const name = identifier(table.name)
  const ofTheirs = `organization_id = '${world.theirs}'`
  const foreign = async (what: string, statement: string) =>
    tally.foreign(`${role} ${what} ${table.name}`, (await ask(statement)).rows)

  const own = await ask(`select from ${name} where organization_id = '${world.mine}'`)
  if (own.rows > 0) tally.meet(`${role} reads own rows`)

  for (const [what, statement] of Object.entries({
    select: `select 1 from ${name} where ${ofTheirs}`,
    'select unfiltered': `select 1 from ${name} where organization_id <> '${world.mine}'`,
    'select for update': `select 1 from ${name} where ${ofTheirs} for update`,
    'select only': `select 1 from only ${name} where ${ofTheirs}`,
    'select sample': `select 1 from ${name} tablesample system (100) where ${ofTheirs}`,
    'update to own': `update ${name} set organization_id = '${world.mine}' where ${ofTheirs}`,
    'update away': `update ${name} set organization_id = '${world.theirs}'`,
    delete: `delete from ${name} where ${ofTheirs}`,
    'delete unfiltered': `delete from ${name} where organization_id <> '${world.mine}'`,
    insert: insertOf(table, world),
    'insert select': `insert into ${name} select * from ${name} where ${ofTheirs}`,
    'merge delete': `merge into ${name} t using (select 1) s on t.${ofTheirs} when matched then delete`,
    'copy query out': `copy (select * from ${name} where ${ofTheirs}) to stdout`,
    'copy in': `copy ${name} from stdin`,
    'copy to a file': `copy ${name} to '/tmp/neonhub-proof'`,
    'copy to a program': `copy ${name} to program 'cat >/dev/null'`,
    truncate: `do $do$ begin truncate ${name} cascade; end $do$`,
  })) {
    if (what === 'truncate') {
      const { code } = await ask(statement)
      tally.foreign(`${role} truncate ${table.name}`, code === undefined ? 1 : 0)
    } else await foreign(what, statement)
  }
  const copied = await ask(`copy ${name} to stdout`)
  tally.foreign(`${role} copy out ${table.name}`, Math.max(0, copied.rows - own.rows))
  for (const mode of lockModes) await ask(`lock table ${name} in ${mode} mode nowait`)

  const theirRow = world.theirRows.get(table.name)
  if (theirRow) await probeValues(ask, { table, role, world, tally, theirRow })
}

/** By each value that stands in their row: foreign and absent must read alike. */
async function probeValues(
  ask: Ask,
  { table, role, tally, theirRow }: TableProbe & { readonly theirRow: TextRow },
): Promise<void> {
  const name = identifier(table.name)
  for (const { name: column } of table.columns) {
    const text = theirRow[column]
    // Only what nobody else has is theirs; a default such as "en" stands in everybody's rows.
    if (text === undefined || text === null || !isId(text)) continue
    const absentId = newId()
    const where = (value: string) => `${identifier(column)} = ${literal(table, { column, text: value })}`
    for (const statement of [
      (value: string) => `select * from ${name} where ${where(value)}`,
      (value: string) => `update ${name} set ${identifier(column)} = ${identifier(column)} where ${where(value)}`,
      (value: string) => `delete from ${name} where ${where(value)}`,
    ]) {
      const foreign = await ask(statement(text), { named: [text] })
      const absent = await ask(statement(absentId), { named: [absentId] })
      tally.same(`${role} ${table.name}.${column}`, { foreign, absent })
      tally.foreign(`${role} by ${table.name}.${column}`, foreign.rows)
    }
  }
}

function insertOf(table: TenantTable, { theirs }: World): string {
  const required = table.columns.filter(({ isRequired, name }) => isRequired || name === 'organization_id')
  const names = required.map(({ name }) => identifier(name)).join(', ')
  const values = required.map((column) => sampleValue(column, { organizationId: theirs })).join(', ')
  return `insert into ${identifier(table.name)} (${names}) values (${values})`
}
