import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrandEmbeddings, type Embeddings, ImportEvent, type ImportResult, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import { type ApiClient, errorOfProblem } from '../client.ts'
import { formatDuration, formatTable, plainText } from '../print/format.ts'
import { printImportedPeople } from '../print/imported-people.ts'
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
  const { brand, added, changed, removed, unchanged, skipped, chunks, durationMs, people } = result
  terminal.print(
    `${pc.bold(brand.name)} (${brand.slug}): ${added} added, ${changed} changed, ${removed} removed, ` +
      `${unchanged} unchanged; ${chunks} passages in ${formatDuration(durationMs)}`,
  )
  for (const { path, reason } of skipped)
    terminal.print(pc.yellow(`  skipped ${plainText(path)}: ${plainText(reason)}`))
  if (people) printImportedPeople(terminal, people)
}

export async function listBrands(client: ApiClient, terminal: Terminal): Promise<void> {
  const { brands } = await client.call(routes.listBrands)
  if (terminal.isJson) return terminal.print(JSON.stringify(brands))
  if (brands.length === 0) return terminal.print('No brands yet. Try: npx neonhub brand import examples/pinwright')
  const rows = brands.map((brand) => [brand.slug, brand.name, `${brand.documents}`, `${brand.chunks}`])
  terminal.print(formatTable([['SLUG', 'NAME', 'DOCUMENTS', 'PASSAGES'], ...rows]))
}

/** Shows which model embedded each brand, and how far a change to another is. */
export async function showEmbeddings(client: ApiClient, terminal: Terminal): Promise<void> {
  printEmbeddings(terminal, await client.call(routes.listEmbeddings))
}

function printEmbeddings(terminal: Terminal, { model, brands }: Embeddings): void {
  if (terminal.isJson) return terminal.print(JSON.stringify({ model, brands }))
  terminal.print(`This installation embeds with ${pc.bold(plainText(model))}.`)
  if (brands.length === 0) return terminal.print('No brands yet. Try: npx neonhub brand import examples/pinwright')
  const rows = brands.map((brand) => [
    brand.slug,
    `${brand.passages}`,
    plainText(brand.model ?? '–'),
    tellChange(brand),
  ])
  terminal.print(formatTable([['SLUG', 'PASSAGES', 'SEARCHED WITH', 'CHANGE'], ...rows]))
  for (const { slug, change } of brands) {
    if (!change?.error) continue
    const { message, hint } = change.error
    terminal.print(pc.yellow(`  ${slug}: ${plainText(message)}`))
    if (hint !== undefined) terminal.print(pc.dim(`  hint: ${plainText(hint)}`))
  }
}

function tellChange({ change, passages }: BrandEmbeddings): string {
  if (!change) return ''
  const { status, to, embedded } = change
  switch (status) {
    case 'cleaning up':
      return 'done; the old vectors go in a minute'
    case 'failed':
      return `to ${plainText(to)}: ${embedded} of ${passages}, failed`
    case 'waiting':
    case 'embedding':
      return `to ${plainText(to)}: ${embedded} of ${passages}, ${status}`
    default:
      return status satisfies never
  }
}

const lookAgainMs = 500

/**
 * Sends every brand to the installation's embedding model and follows them until each is there. False where an attempt
 * failed: it is made again by itself, but whoever waits here should know why it takes longer.
 */
export async function reembedBrands(client: ApiClient, terminal: Terminal): Promise<boolean> {
  let embeddings = await client.call(routes.reembedBrands)
  try {
    while (embeddings.brands.some(isUnderWay)) {
      const moving = embeddings.brands.filter(isUnderWay)
      const done = moving.reduce((sum, { change }) => sum + (change?.embedded ?? 0), 0)
      const total = moving.reduce((sum, { passages }) => sum + passages, 0)
      const what = moving.map(({ slug }) => slug).join(', ')
      terminal.status(`${formatBar(Math.min(done, total), total)} passages  ${plainText(what)}`)
      await sleep(lookAgainMs)
      embeddings = await client.call(routes.listEmbeddings)
    }
  } finally {
    terminal.endStatus()
  }
  printEmbeddings(terminal, embeddings)
  return !embeddings.brands.some(({ change }) => change?.status === 'failed')
}

const isUnderWay = ({ change }: BrandEmbeddings) => change?.status === 'waiting' || change?.status === 'embedding'
