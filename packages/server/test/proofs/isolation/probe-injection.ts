import type pg from 'pg'
import { inside } from './insider.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/** What one injected statement can do; whoever runs SQL of their own as neonhub_app can set the organization anew. */
export interface Injection {
  /** Second statements that ran beside one with parameters. The protocol takes one only. */
  readonly secondStatements: number
  /** Foreign rows read by one statement whose own expression calls `set_config`. */
  readonly rowsBySetConfig: number
}

/**
 * Statements as Kysely sends them, with parameters. Taking another role, or leaving the role, must not show a tenant
 * row; that `set_config` inside the statement can is counted and told, because PostgreSQL lets every role call it.
 */
export async function probeInjection(
  client: pg.Client,
  { world, tally }: { readonly world: World; readonly tally: Tally },
): Promise<Injection> {
  const { mine, theirs } = world
  let secondStatements = 0
  let rowsBySetConfig = 0
  // 42601: what a second statement is answered with.
  await inside(client, { role: 'neonhub_app', organizationId: mine, mayRefuse: ['42601'] }, async (ask) => {
    for (const second of [
      `set local neonhub.organization_id = '${theirs}'`,
      'reset role',
      'commit',
      `select * from brands where organization_id = '${theirs}'`,
    ]) {
      const { code } = await ask(`select name from brands where slug = $1; ${second}`, { parameters: ['x'] })
      if (code === undefined) secondStatements += 1
      tally.foreign(`a second statement: ${second}`, code === undefined ? 1 : 0)
    }
    for (const first of [
      'reset role',
      'set local role none',
      'set local role neonhub_system',
      'set local role neonhub_readonly',
      'set local role neonhub_migrate',
      'set local row_security = off',
      'set local session_replication_role = replica',
      `set local session authorization default`,
      `reset neonhub.organization_id`,
      `set local neonhub.organization_id = ''`,
    ]) {
      let seen = 0
      await ask(first, {
        afterwards: async () => {
          await client.query('savepoint look')
          try {
            const result = await client.query(`select name from brands where organization_id = '${theirs}'`)
            seen = result.rowCount ?? 0
          } catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error
          }
          await client.query('rollback to savepoint look')
        },
      })
      tally.foreign(`brands after: ${first}`, seen)
    }
    const answer = await ask(
      `select b.name from (select set_config('neonhub.organization_id', $1, true) offset 0) s
       cross join lateral (select * from brands where s is not null offset 0) b
       where b.organization_id = $1::uuid`,
      { parameters: [theirs] },
    )
    rowsBySetConfig = answer.rows
  })
  return { secondStatements, rowsBySetConfig }
}
