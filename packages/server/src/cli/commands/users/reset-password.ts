import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { assertCurrent, readMigrationStatus } from '../../../db/index.ts'
import { resetPassword } from '../../../identity/index.ts'
import { renewSignIn, signInPath } from '../../sign-in-file.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'

/** Gives a user a new password and shows it once. */
export async function showReset(config: Config, terminal: Terminal, email: string): Promise<void> {
  const reset = await withDatabase(config, { makes: false }, async (database) => {
    assertCurrent(await readMigrationStatus(database))
    return resetPassword(database, { email })
  })
  const isKept = await renewSignIn(reset, config)
  if (terminal.isJson) return terminal.print(JSON.stringify(reset))
  const sessions = reset.endedSessions === 1 ? '1 session' : `${reset.endedSessions} sessions`
  terminal.print(`${reset.email} signs in with ${pc.bold(reset.password)} from now on.`)
  const where = isKept ? `It stands in ${signInPath(config.dataDir)} too.` : 'It is shown this once.'
  terminal.print(pc.dim(`${where} ${sessions} ended; the audit log says so.`))
}
