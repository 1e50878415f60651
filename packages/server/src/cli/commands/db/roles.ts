import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { applyRoles, rolesSql } from '../../../ops/index.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'

export interface RolesFlags {
  readonly apply?: boolean
  readonly login: string
  readonly owner?: string
}

/** Prints the SQL that prepares a hosted PostgreSQL, or runs it over `DATABASE_URL`. */
export async function prepareRoles(config: Config, terminal: Terminal, flags: RolesFlags): Promise<void> {
  const options = { login: flags.login, owner: flags.owner }
  if (!flags.apply) {
    const script = `${rolesSql(options).join(';\n')};`
    if (terminal.isJson) return terminal.print(JSON.stringify({ sql: script }))
    terminal.print(script)
    return terminal.note(
      `Then give ${flags.login} a password (psql: \\password ${flags.login}), and neonhub db migrate as whoever owns the schema.`,
    )
  }
  const password = await withDatabase(config, { makes: false }, (database) => applyRoles(database, options))
  const url = password === undefined ? undefined : signInUrl(config, flags.login, password)
  if (terminal.isJson) return terminal.print(JSON.stringify({ login: flags.login, databaseUrl: url ?? null }))
  terminal.print(
    url === undefined
      ? `The roles stand. ${flags.login} was there already, and keeps its password.`
      : `The roles stand. The application signs in with\nDATABASE_URL=${url}\n${pc.dim('Keep it: the password is shown this once. Migrate with the DATABASE_URL that you used now.')}`,
  )
}

function signInUrl({ databaseUrl }: Config, login: string, password: string): string | undefined {
  if (databaseUrl === undefined) return undefined
  const url = new URL(databaseUrl)
  url.username = login
  url.password = password
  return url.toString()
}
