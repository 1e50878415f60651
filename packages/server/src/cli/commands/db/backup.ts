import { resolve } from 'node:path'
import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { backUp, totalOf } from '../../../ops/index.ts'
import { formatDuration, formatTable, plainText } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'
import { formatBytes, showProgress } from './progress.ts'

/** Writes a backup, and tells what is in it and what it does not hold. */
export async function writeBackup(
  config: Config,
  terminal: Terminal,
  {
    file,
    organization,
    replaces,
  }: { readonly file: string; readonly organization: string | undefined; readonly replaces: boolean },
): Promise<void> {
  const path = resolve(file)
  const startedAt = performance.now()
  const result = await withDatabase(config, { makes: false }, async (database) => {
    try {
      return await backUp(database, { path, organization, replaces, onProgress: showProgress(terminal) })
    } finally {
      terminal.endStatus()
    }
  })
  const { header, sums, bytes, sha256 } = result
  const durationMs = Math.round(performance.now() - startedAt)
  const total = totalOf(sums)
  if (terminal.isJson) {
    const { scope, schemaVersion, madeAt } = header
    const answer = {
      file: path,
      scope,
      schemaVersion,
      madeAt,
      bytes,
      sha256,
      rows: total.rows,
      tables: sums,
      durationMs,
    }
    return terminal.print(JSON.stringify(answer))
  }
  const { scope } = header
  const what = scope.kind === 'installation' ? 'Everything' : `${plainText(scope.name)} (${scope.slug})`
  terminal.print(
    [
      `${what} is in ${pc.bold(path)}: ${total.rows.toLocaleString('en')} rows of ${total.tables} tables, ` +
        `${formatBytes(bytes)} in ${formatDuration(durationMs)}`,
      pc.dim(`SHA-256 ${sha256} of all but the last 32 bytes, which are this`),
      ...secretNote(config),
    ].join('\n'),
  )
}

function secretNote({ secret, dataDir }: Config): readonly string[] {
  const where = secret === undefined ? `the file ${resolve(dataDir, 'secret')}` : 'NEONHUB_SECRET'
  return [pc.yellow(`Connections' credentials are in it as they are kept: sealed. Keep ${where} too, elsewhere.`)]
}

/** What each table holds, in columns, with the beginning of its hash. */
export function formatSums(sums: Readonly<Record<string, { readonly rows: number; readonly hash: string }>>): string {
  const rows = Object.entries(sums)
    .filter(([, sum]) => sum.rows > 0)
    .map(([name, sum]) => [name, sum.rows.toLocaleString('en').padStart(12), sum.hash.slice(0, 16)])
  return formatTable([['TABLE', 'ROWS'.padStart(12), 'HASH'], ...rows])
}
