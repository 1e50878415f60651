import type pg from 'pg'
import { inside } from './insider.ts'
import type { Tally } from './tally.ts'
import { fingerprint, type TextRow, type World } from './world.ts'

interface DatabaseFunction {
  readonly name: string
  readonly isProcedure: boolean
  readonly isDefiner: boolean
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
}

const samples: Readonly<Record<string, string>> = {
  integer: '1',
  bigint: '1',
  boolean: 'true',
  jsonb: `'{}'`,
  date: 'current_date',
  'timestamp with time zone': 'now()',
  text: `'select'`,
  regclass: `'brands'`,
}

/** What neonhub_app may execute and view in our schema, called with what stands in the other organization's rows. */
export async function probeFunctions(
  owner: pg.Client,
  { world, tally }: { readonly world: World; readonly tally: Tally },
): Promise<void> {
  await probeViews(owner, { world, tally })
  const whole = await fingerprint(owner, { tables: world.tables, organizationId: world.theirs })
  for (const called of await listFunctions(owner)) {
    tally.meet(called.isDefiner ? 'function of its owner' : 'function')
    for (const row of world.theirRows.values()) {
      const statement = callOf(called, { theirs: world.theirs, row })
      // The server's own word for "this function cannot be called so" is an answer here.
      await inside(owner, { role: 'neonhub_app', organizationId: world.mine, mayRefuse: ['0A000'] }, async (ask) => {
        let reached = 0
        await ask(statement, {
          afterwards: async () => {
            const seen = await owner.query(`select from brands where organization_id = '${world.theirs}'`)
            // The owner of the database looks past the role that the probe took.
            await owner.query('reset role')
            const now = await fingerprint(owner, { tables: world.tables, organizationId: world.theirs })
            reached = (seen.rowCount ?? 0) + (now === whole ? 0 : 1)
          },
        })
        tally.foreign(`${called.name} with what stands in their row`, reached)
      })
    }
  }
}

async function probeViews(
  owner: pg.Client,
  { world, tally }: { readonly world: World; readonly tally: Tally },
): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind in ('v', 'm') and c.relnamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
      and has_table_privilege('neonhub_app', c.oid, 'select')
  `)
  for (const { name } of rows) {
    await inside(owner, { role: 'neonhub_app', organizationId: world.mine }, async (ask) => {
      const { rows } = await ask(`select from ${name} v where strpos(v::text, '${world.theirs}') > 0`)
      tally.foreign(`view ${name}`, rows)
    })
  }
}

async function listFunctions(owner: pg.Client): Promise<readonly DatabaseFunction[]> {
  const { rows } = await owner.query<DatabaseFunction>(`
    select p.proname as name, p.prokind = 'p' as "isProcedure", p.prosecdef as "isDefiner",
      coalesce((
        select json_agg(json_build_object(
          'name', coalesce(p.proargnames[position], ''), 'type', format_type(type, null)
        ) order by position)
        from unnest(p.proargtypes) with ordinality a (type, position)
      ), '[]') as parameters
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      and has_function_privilege('neonhub_app', p.oid, 'execute')
    order by 1
  `)
  return rows
}

function callOf(called: DatabaseFunction, { theirs, row }: { readonly theirs: string; readonly row: TextRow }): string {
  const values = called.parameters.map(({ name, type }) => {
    const column = name.replace(/^p_/, '')
    if (/organization/.test(column)) return `'${theirs}'::${type}`
    const text = row[column]
    if (text !== undefined && text !== null) return `'${text.replaceAll("'", "''")}'::${type}`
    if (type === 'uuid') return `'${row['id'] ?? theirs}'::uuid`
    return `${samples[type] ?? 'null'}::${type}`
  })
  return `${called.isProcedure ? 'call' : 'select'} ${called.name}(${values.join(', ')})`
}
