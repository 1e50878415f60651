import type pg from 'pg'
import { identifier } from '../../tenant-catalogue.ts'
import { type Ask, inside } from './insider.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/**
 * What tells of rows without returning them: errors and notices of conditions that the planner might ask of foreign
 * rows first, statistics, sequences, other sessions' statements. Asked from an organization that has no row at all, so
 * whatever a condition was asked of is another's.
 */
export async function probeGuesses(
  client: pg.Client,
  { world, tally }: { readonly world: World; readonly tally: Tally },
): Promise<void> {
  let notices = 0
  const count = () => {
    notices += 1
  }
  await inside(client, { role: 'neonhub_app', organizationId: world.empty }, async (ask) => {
    for (const table of world.tables) {
      for (const { name: column } of table.columns) {
        const value = `${identifier(column)}::text`
        const { code, rows, text } = await ask(
          `select from ${identifier(table.name)} where 1 / (length(${value}) - length(${value})) = 1`,
        )
        tally.foreign(`error of a condition on ${table.name}.${column}: ${text}`, code === '22012' ? 1 : rows)
      }
    }
    await probeStatistics(ask, { world, tally })
  })
  client.on('notice', count)
  await client.query(`create function pg_temp.tell(value text) returns boolean language plpgsql cost 0.0001
    as $$ begin raise notice '%', value; return true; end $$`)
  await inside(client, { role: 'neonhub_app', organizationId: world.empty }, async (ask) => {
    for (const table of world.tables) {
      const { rows } = await ask(`select from ${identifier(table.name)} t where pg_temp.tell(t::text)`)
      tally.foreign(`notice of a condition on ${table.name}`, rows + notices)
      notices = 0
    }
  })
  client.off('notice', count)
  await client.query('drop function pg_temp.tell(text)')
}

async function probeStatistics(ask: Ask, { world, tally }: { readonly world: World; readonly tally: Tally }) {
  const names = world.tables.map(({ name }) => `'${name}'`).join(', ')
  for (const statement of [
    `select from pg_stats where schemaname = 'public' and tablename in (${names})`,
    `select from pg_stats_ext where schemaname = 'public'`,
    `select from pg_statistic`,
    `select from pg_sequences where schemaname = 'public' and last_value is not null`,
    `select from pg_stat_activity where pid <> pg_backend_pid() and strpos(query, '${world.theirs}') > 0`,
    `select from pg_prepared_statements where strpos(statement, '${world.theirs}') > 0`,
    `select from pg_cursors where strpos(statement, '${world.theirs}') > 0`,
  ]) {
    tally.foreign(statement, (await ask(statement)).rows)
  }
}
