import { resolve } from 'node:path'
import { ImportEvent, type ImportResult, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import { type ApiClient, errorOfProblem } from '../client.ts'
import { formatDuration, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

const isAddress = (source: string) => /^https?:\/\//i.test(source)
const barWidth = 20

function formatBar(done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.round((done / total) * barWidth)
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${done}/${total}`
}

/** Imports a folder or a site, with a progress bar. Throws what the server tells of a failure. */
export async function importBrand(
  client: ApiClient,
  terminal: Terminal,
  { source, slug }: { readonly source: string; readonly slug: string | undefined },
): Promise<ImportResult> {
  const body = {
    source: isAddress(source) ? source : resolve(source),
    ...(slug === undefined ? {} : { slug }),
  }
  // Documents are read only a little ahead of what is embedded and stored, so the bar goes by what was read.
  let bar = ''
  try {
    for await (const { type, data } of client.stream(routes.importBrand, { body })) {
      const event = ImportEvent.parse({ type, data })
      switch (event.type) {
        case 'progress': {
          const { stage, done, total, item = '' } = event.data
          if (stage === 'read') bar = total === undefined ? `${done} documents` : formatBar(done, total)
          const what = stage === 'embed' ? `${done} passages` : plainText(item)
          terminal.status(`${bar}  ${stage} ${what}`)
          break
        }
        case 'problem':
          throw errorOfProblem(event.data)
        case 'result':
          return event.data
        default:
          event satisfies never
      }
    }
  } finally {
    terminal.endStatus()
  }
  throw new NeonHubError('cli.import_cut', 'The import ended without a result', {
    kind: 'unavailable',
    hint: 'Import again: what is stored already is kept.',
  })
}

/** Tells what an import changed. */
export function printImport(terminal: Terminal, result: ImportResult): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(result))
  const { brand, added, changed, removed, unchanged, skipped, chunks, durationMs } = result
  terminal.print(
    `${pc.bold(brand.name)} (${brand.slug}): ${added} added, ${changed} changed, ${removed} removed, ` +
      `${unchanged} unchanged; ${chunks} passages in ${formatDuration(durationMs)}`,
  )
  for (const { path, reason } of skipped)
    terminal.print(pc.yellow(`  skipped ${plainText(path)}: ${plainText(reason)}`))
}

export async function listBrands(client: ApiClient, terminal: Terminal): Promise<void> {
  const { brands } = await client.call(routes.listBrands)
  if (terminal.isJson) return terminal.print(JSON.stringify(brands))
  if (brands.length === 0) return terminal.print('No brands yet. Try: npx neonhub brand import examples/pinwright')
  const rows = brands.map((brand) => [brand.slug, brand.name, `${brand.documents}`, `${brand.chunks}`])
  terminal.print(formatTable([['SLUG', 'NAME', 'DOCUMENTS', 'PASSAGES'], ...rows]))
}
