import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentPiece, RunDetail } from '@neonhub/contract'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { flattenRuns } from './print/trace-tree.ts'

/** A piece of content and the file that holds it; no path where none was asked for. */
export interface WrittenContent {
  readonly id: ContentPiece['id']
  readonly kind: ContentPiece['kind']
  readonly title: string
  readonly path: string | null
  readonly citations: ContentPiece['citations']
}

/** Writes each piece of a run's content as Markdown into `directory`, where one is named. */
export async function writeContent(run: RunDetail, directory: string | undefined): Promise<readonly WrittenContent[]> {
  const pieces = flattenRuns(run).flatMap(({ content }) => content)
  if (directory === undefined) {
    return pieces.map(({ id, kind, title, citations }) => ({ id, kind, title, path: null, citations }))
  }
  try {
    await mkdir(directory, { recursive: true })
    return await Promise.all(pieces.map((piece) => writePiece(piece, directory)))
  } catch (error) {
    throw new NeonHubError('cli.out_unwritable', `The content cannot be written to ${directory}: ${messageOf(error)}`, {
      kind: 'unavailable',
      hint: 'Name another folder with --out; the run itself is on record.',
      cause: error,
    })
  }
}

async function writePiece(piece: ContentPiece, directory: string): Promise<WrittenContent> {
  const { id, key, kind, title, body, citations, model } = piece
  const path = join(directory, `${key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.md`)
  const sources = citations.map(
    ({ source, path: from, heading, startLine, endLine }) =>
      `[${source}] ${from}${heading === '' ? '' : ` › ${heading}`}, lines ${startLine}–${endLine}`,
  )
  const footer = sources.length === 0 ? '' : `\n\n---\n\nSources\n\n${sources.map((line) => `- ${line}`).join('\n')}`
  const heading = body.trimStart().startsWith('# ') ? '' : `# ${title}\n\n`
  await writeFile(path, `${heading}${body.trim()}${footer}\n\n<!-- ${kind}, written by ${model} -->\n`)
  return { id, kind, title, path, citations }
}
