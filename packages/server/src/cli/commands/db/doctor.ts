import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { examineDatabase, type Finding } from '../../../ops/index.ts'
import { plainText } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { placeOf, withDatabase } from '../../with-database.ts'

const colors = { error: pc.red, warning: pc.yellow, notice: pc.cyan }

/** Prints what is wrong with the database and what to do about it. False where an error was found. */
export async function showFindings(config: Config, terminal: Terminal): Promise<boolean> {
  const findings = await withDatabase(config, { makes: false }, (database) => examineDatabase(database))
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length
  const counts = { errors: count('error'), warnings: count('warning'), notices: count('notice') }
  if (terminal.isJson) terminal.print(JSON.stringify({ place: placeOf(config), ...counts, findings }))
  else {
    for (const { severity, code, what, where, remedy } of findings) {
      terminal.print(`${colors[severity](severity)}  ${plainText(what)}`)
      terminal.print(`  ${pc.dim(`${plainText(where)}  [${code}]`)}`)
      terminal.print(`  ${pc.dim('do:')} ${plainText(remedy)}`)
    }
    terminal.print(
      `${placeOf(config)}: errors ${counts.errors}, warnings ${counts.warnings}, notices ${counts.notices}.`,
    )
  }
  return counts.errors === 0
}
