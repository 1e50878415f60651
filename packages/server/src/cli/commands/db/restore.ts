import { resolve } from 'node:path'
import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { inspectBackup, restoreBackup, type RestoreResult, totalOf } from '../../../ops/index.ts'
import { findMasterKey } from '../../master-key.ts'
import { formatDuration } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { placeOf, withDatabase } from '../../with-database.ts'
import { formatSums } from './backup.ts'
import { showProgress } from './progress.ts'

/** Restores a backup, and tells what stands now, row for row, and what will go on. */
export async function restore(config: Config, terminal: Terminal, { file }: { readonly file: string }): Promise<void> {
  const path = resolve(file)
  const startedAt = performance.now()
  const masterKey = await findMasterKey(config)
  const result = await load(config, terminal, { path, masterKey })
  const durationMs = Math.round(performance.now() - startedAt)
  const { header, sums, unfinished, credentials, usersMade, usersKnown } = result
  const { scope, schemaVersion, madeAt } = header
  const total = totalOf(sums)
  if (terminal.isJson) {
    const answer = { file: path, scope, schemaVersion, madeAt, verified: true, rows: total.rows, tables: sums }
    return terminal.print(JSON.stringify({ ...answer, usersMade, usersKnown, unfinished, credentials, durationMs }))
  }
  terminal.print(
    [
      formatSums(sums),
      '',
      `${pc.bold(placeOf(config))} holds the backup of ${madeAt}: ${total.rows.toLocaleString('en')} rows of ` +
        `${total.tables} tables, each read back and the same, in ${formatDuration(durationMs)}`,
      ...notesOn(result),
    ].join('\n'),
  )
}

async function load(
  config: Config,
  terminal: Terminal,
  { path, masterKey }: { readonly path: string; readonly masterKey: Uint8Array | undefined },
): Promise<RestoreResult> {
  const onProgress = showProgress(terminal)
  try {
    const header = await inspectBackup(path, onProgress)
    return await withDatabase(config, { makes: header.scope.kind === 'installation' }, (database) =>
      restoreBackup(database, { path, header, masterKey, onProgress }),
    )
  } finally {
    terminal.endStatus()
  }
}

function notesOn({ header, unfinished, credentials, usersMade, usersKnown }: RestoreResult): readonly string[] {
  const notes: string[] = []
  if (header.scope.kind === 'organization') {
    notes.push(`Users made: ${usersMade}. Users who were here already and keep their sign-in: ${usersKnown}.`)
  }
  if (credentials === 'locked') {
    notes.push(
      pc.yellow(
        "Connections' credentials are sealed with another secret. Set NEONHUB_SECRET to that of the old installation, or put its secret file into the data folder, before you start.",
      ),
    )
  }
  const { runs, jobs, approvals } = unfinished
  if (runs + jobs > 0) {
    notes.push(
      pc.yellow(
        `${runs} unfinished runs, ${jobs} jobs and ${approvals} approvals go on from ${header.madeAt}, as soon as it starts. What the old installation did after that is not known here: if it still runs, stop it first.`,
      ),
    )
  }
  return notes
}
