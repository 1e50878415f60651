import { randomBytes } from 'node:crypto'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { type Database, sql, withOperator } from '../../db/index.ts'
import { rolesSql, type RolesOptions } from './roles-sql.ts'
import { scramVerifier } from './scram-verifier.ts'

/**
 * Makes the roles in one transaction. Returns the login role's password where this call made the role: it is shown once.
 * Throws `ops.roles_embedded` and `ops.roles_failed`.
 */
export async function applyRoles(database: Database, options: RolesOptions): Promise<string | undefined> {
  if (database.mode === 'embedded') {
    throw new NeonHubError('ops.roles_embedded', 'The embedded database has its roles, and nobody signs in to it', {
      kind: 'invalid',
      hint: 'Set DATABASE_URL to prepare a PostgreSQL server.',
    })
  }
  const password = randomBytes(24).toString('base64url')
  try {
    return await withOperator(database, { readOnly: false }, async (tx) => {
      const { rows } = await sql`select from pg_roles where rolname = ${options.login}`.execute(tx)
      for (const statement of rolesSql(options)) await sql.raw(statement).execute(tx)
      if (rows.length > 0) return undefined
      await sql`alter role ${sql.id(options.login)} password ${sql.lit(scramVerifier(password))}`.execute(tx)
      return password
    })
  } catch (error) {
    throw new NeonHubError('ops.roles_failed', `The roles could not be made: ${messageOf(error)}`, {
      kind: 'forbidden',
      hint: 'Nothing was kept. Run it as an administrator who may create roles and extensions, or hand them what neonhub db roles --sql prints.',
      cause: error,
    })
  }
}
