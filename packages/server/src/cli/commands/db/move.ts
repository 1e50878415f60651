import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { NeonHubError } from '../../../base/errors.ts'
import { createLogger } from '../../../base/log.ts'
import { markMoved, openDatabase } from '../../../db/index.ts'
import { moveDatabase, totalOf } from '../../../ops/index.ts'
import { formatDuration } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { hasDatabase, placeOf } from '../../with-database.ts'
import { formatSums } from './backup.ts'
import { showProgress } from './progress.ts'

/** Moves the database to a server, compares both, closes the old data folder and says what to set. */
export async function move(config: Config, terminal: Terminal, { to }: { readonly to: string }): Promise<void> {
  const target = parseTarget(config, to)
  if (!(await hasDatabase(config))) {
    throw new NeonHubError('cli.no_database', `There is no database in ${config.dataDir}`, {
      kind: 'not_found',
      hint: 'Name the data folder to move in NEONHUB_DATA_DIR, or the server to move from in DATABASE_URL.',
    })
  }
  const startedAt = performance.now()
  const result = await copy(config, target, terminal)
  // From here on the target is the one that counts.
  if (config.databaseUrl === undefined) await markMoved(await realpath(config.dataDir), placeOf(target))
  const durationMs = Math.round(performance.now() - startedAt)
  const { sums, outcome, unfinished } = result
  const total = totalOf(sums)
  const [from, place] = [placeOf(config), placeOf(target)]
  if (terminal.isJson) {
    const answer = { from, to: place, outcome, verified: true, rows: total.rows, tables: sums, unfinished, durationMs }
    return terminal.print(JSON.stringify(answer))
  }
  const rows = `${total.rows.toLocaleString('en')} rows of ${total.tables} tables`
  terminal.print(
    [
      formatSums(sums),
      '',
      outcome === 'moved'
        ? `${pc.bold(place)} holds ${rows}, each the same as in ${from}, in ${formatDuration(durationMs)}`
        : `${pc.bold(place)} had them already: ${rows}, each compared with ${from} and the same`,
      'Now set, wherever NeonHub starts:',
      '  DATABASE_URL     to the address that you gave in --to',
      config.secret === undefined
        ? `  NEONHUB_DATA_DIR to ${resolve(config.dataDir)} still, for its file "secret"; or copy that file along`
        : '  NEONHUB_SECRET   to what it is now',
      config.databaseUrl === undefined
        ? `${from} is closed: started on it by mistake, NeonHub refuses and names the new place.`
        : pc.yellow(`Never start NeonHub on ${from} again: both would go on with the same runs.`),
    ].join('\n'),
  )
}

function parseTarget(config: Config, to: string): Config & { readonly databaseUrl: string } {
  if (!URL.canParse(to) || !/^postgres(ql)?:/.test(to)) {
    throw new NeonHubError('cli.target_invalid', '--to is no address of a PostgreSQL', {
      kind: 'invalid',
      hint: 'Give it as postgresql://user:password@host:5432/neonhub.',
    })
  }
  const target = { ...config, databaseUrl: to }
  if (config.databaseUrl === undefined || placeOf(config) !== placeOf(target)) return target
  throw new NeonHubError('cli.target_is_source', `${placeOf(target)} is the source itself`, {
    kind: 'invalid',
    hint: 'DATABASE_URL names the source; name another database in --to, or unset DATABASE_URL to move the data folder.',
  })
}

async function copy(config: Config, target: Config & { readonly databaseUrl: string }, terminal: Terminal) {
  const logger = createLogger({ level: config.logLevel })
  const { databaseUrl, dataDir } = config
  // One connection: another one of ours would look like a server that still runs.
  const source = await openDatabase({ databaseUrl, dataDir, logger, poolSize: 1 })
  try {
    const destination = await openDatabase({ databaseUrl: target.databaseUrl, dataDir: undefined, logger, poolSize: 3 })
    try {
      return await moveDatabase(source, destination, { onProgress: showProgress(terminal) })
    } finally {
      await destination.close()
    }
  } finally {
    terminal.endStatus()
    await source.close()
  }
}
