import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { assertCurrent, readMigrationStatus } from '../../../db/index.ts'
import { resetTwoFactor } from '../../../identity/index.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'

/** Takes a user's second factor away. */
export async function showTwoFactorReset(config: Config, terminal: Terminal, email: string): Promise<void> {
  const reset = await withDatabase(config, { makes: false }, async (database) => {
    assertCurrent(await readMigrationStatus(database))
    return resetTwoFactor(database, { email })
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(reset))
  const sessions = reset.endedSessions === 1 ? '1 session' : `${reset.endedSessions} sessions`
  terminal.print(
    reset.hadTwoFactor
      ? `${reset.email} signs in with the password alone, and can set up a second factor anew.`
      : `${reset.email} had no second factor.`,
  )
  terminal.print(pc.dim(`${sessions} ended; the audit log says so.`))
}
