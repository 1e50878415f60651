import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { type Difference, findDrift } from '../../../ops/index.ts'
import { plainText } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { placeOf, withDatabase } from '../../with-database.ts'

/** Prints, as SQL that mends it, where the live schema is not what its migrations make. False where it differs. */
export async function showDrift(config: Config, terminal: Terminal): Promise<boolean> {
  terminal.status('Building the expected schema …')
  const drift = await withDatabase(config, { makes: false }, (database, logger) =>
    findDrift(database, { logger }),
  ).finally(() => terminal.endStatus())
  const { differences, pending, version } = drift
  if (terminal.isJson) terminal.print(JSON.stringify({ place: placeOf(config), ...drift }))
  else {
    if (pending.length > 0) terminal.note(`${pending.length} pending; compared with version ${version}.`)
    for (const difference of differences) terminal.print(toScript(difference))
    terminal.note(
      differences.length === 0
        ? `${pc.green('No drift:')} ${placeOf(config)} is what its migrations make.`
        : `${pc.red(`Drift (${differences.length}):`)} ${placeOf(config)} is not what its migrations make. The SQL above mends it; read it before you run it.`,
    )
  }
  return differences.length === 0
}

/** A difference as a comment and the statements that take the live database to what is expected. */
function toScript({ kind, name, difference, expected, live, sql, destroys }: Difference): string {
  const comment = (text: string) => `-- ${plainText(text).replaceAll('\n', '\n-- ')}`
  return [
    comment(`${difference} ${kind}: ${name}`),
    ...(difference === 'changed' && kind !== 'function'
      ? [comment(`is: ${live}`), comment(`expected: ${expected}`)]
      : []),
    ...(destroys ? [comment('This takes data with it. Look first whether somebody needs it.')] : []),
    ...(sql.length === 0 ? [comment('No statement takes this away; it needs a person.')] : []),
    ...sql.map((statement) => `${statement};`),
    '',
  ].join('\n')
}
