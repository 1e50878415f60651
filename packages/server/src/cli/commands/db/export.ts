import { resolve } from 'node:path'
import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { exportOrganization, type ExportResult } from '../../../ops/index.ts'
import { formatTable, plainText } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'
import { showProgress } from './progress.ts'

/** Exports an organization, and tells which files there are. */
export async function writeExport(
  config: Config,
  terminal: Terminal,
  { slug, out }: { readonly slug: string; readonly out: string },
): Promise<void> {
  const folder = resolve(out)
  let result: ExportResult
  try {
    result = await withDatabase(config, { makes: false }, (database) =>
      exportOrganization(database, { slug, folder, onProgress: showProgress(terminal) }),
    )
  } finally {
    terminal.endStatus()
  }
  if (terminal.isJson) return terminal.print(JSON.stringify({ folder, ...result }))
  const rows = Object.values(result.tables).map(({ file, rows: count }) => [
    file,
    count.toLocaleString('en').padStart(12),
  ])
  terminal.print(
    [
      formatTable([['FILE', 'ROWS'.padStart(12)], ...rows]),
      '',
      `${plainText(result.organization.name)} is in ${pc.bold(folder)}; manifest.json says what is in each file.`,
      pc.dim(
        'Passwords, keys and credentials are not in it. To bring an organization back, use db backup and db restore.',
      ),
    ].join('\n'),
  )
}
