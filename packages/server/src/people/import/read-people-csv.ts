import { once } from 'node:events'
import { CsvError, parse, type Parser } from 'csv-parse'
import { z } from 'zod'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { isStorableText } from '../../base/storable-text.ts'
import { type ImportColumn, importColumns, type ImportLine, type RefusedLine } from './parse-import-row.ts'

/** Lines that go into one transaction, and into one request: its body may have 1 MiB, escapes included. */
const linesPerBatch = 500
const charactersPerBatch = 150_000

/** An unclosed quote would read the rest of a file as one cell. */
const maxRecordBytes = 64 * 1024

export interface ImportBatch {
  readonly lines: readonly ImportLine[]
  readonly refused: readonly RefusedLine[]
  /** Of the file, so far. */
  readonly bytesRead: number
}

const Read = z.object({ info: z.object({ lines: z.number() }), record: z.array(z.string()) })

const fileError = (reason: string, hint: string, cause?: unknown) =>
  new NeonHubError('people.file_unreadable', `The file cannot be imported: ${reason}`, {
    kind: 'invalid',
    hint,
    ...(cause === undefined ? {} : { cause }),
  })

/**
 * Reads a CSV file of people as it comes in, so that its size does not matter. The first line names the columns, in any
 * order and case; commas, semicolons and tabs separate. Throws `people.file_unreadable` for what is wrong with the file
 * as a whole: its encoding, its columns, a quote that is not closed.
 */
export async function* readPeopleCsv(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ImportBatch> {
  const progress = { bytesRead: 0 }
  const seen = new Map<string, number>()
  let columns: readonly (ImportColumn | undefined)[] | undefined
  let lines: ImportLine[] = []
  let refused: RefusedLine[] = []
  let characters = 0
  for await (const { record, line } of readRecords(bytes, progress)) {
    if (!columns) {
      columns = columnsOf(record)
      continue
    }
    const cells = cellsOf(columns, record)
    const reason = reasonAgainst(record, cells, seen)
    if (reason === undefined) {
      lines.push({ line, cells })
      rememberAddresses(cells, line, seen)
    } else refused.push({ line, reason })
    characters += record.reduce((sum, cell) => sum + cell.length, 0)
    if (lines.length + refused.length >= linesPerBatch || characters >= charactersPerBatch) {
      yield { lines, refused, bytesRead: progress.bytesRead }
      lines = []
      refused = []
      characters = 0
    }
  }
  if (!columns) throw fileError('it is empty', columnsHint)
  yield { lines, refused, bytesRead: progress.bytesRead }
}

const addressColumns = ['email', 'phone', 'whatsapp'] as const
const addressKey = (column: string, text: string) => `${column} ${text.toLowerCase()}`

function rememberAddresses(cells: ImportLine['cells'], line: number, seen: Map<string, number>): void {
  for (const column of addressColumns) if (cells[column]) seen.set(addressKey(column, cells[column]), line)
}

function reasonAgainst(
  record: readonly string[],
  cells: ImportLine['cells'],
  seen: ReadonlyMap<string, number>,
): string | undefined {
  if (!record.every(isStorableText)) return 'It holds a NUL character, so it is not text'
  for (const column of addressColumns) {
    const earlier = cells[column] === undefined ? undefined : seen.get(addressKey(column, cells[column]))
    if (earlier !== undefined) return `${column}: ${cells[column]} is on line ${earlier} already`
  }
  return undefined
}

const columnsHint = `The first line must name the columns: email or phone, and any of ${importColumns.join(', ')}.`

function columnsOf(header: readonly string[]): readonly (ImportColumn | undefined)[] {
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  )
  const columns = names.map((name) => importColumns.find((column) => column === name))
  if (addressColumns.some((column) => columns.includes(column))) return columns
  throw fileError('its first line names no column email, phone or whatsapp', columnsHint)
}

function cellsOf(columns: readonly (ImportColumn | undefined)[], record: readonly string[]): ImportLine['cells'] {
  return Object.fromEntries(
    columns.flatMap((column, index) => {
      const text = record[index]?.trim()
      return column === undefined || !text ? [] : [[column, text]]
    }),
  )
}

async function* readRecords(
  bytes: AsyncIterable<Uint8Array>,
  progress: { bytesRead: number },
): AsyncGenerator<{ readonly record: readonly string[]; readonly line: number }> {
  const texts = decode(bytes, progress)
  let head = ''
  // The whole first line tells what separates.
  while (!head.includes('\n') && head.length < maxRecordBytes) {
    const next = await texts.next()
    if (next.done) break
    head += next.value
  }
  if (head === '') return
  const parser = parse({
    delimiter: delimiterOf(head),
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: maxRecordBytes,
  })
  const feeding = feed(parser, { head, texts })
  let line = 0
  try {
    for await (const read of parser) {
      const { record, info } = Read.parse(read)
      line = info.lines
      yield { record, line }
    }
    await feeding
  } catch (error) {
    throw error instanceof CsvError ? csvFault(error, line + 1) : error
  } finally {
    // A reader that is not read to its end must not leave the file open.
    parser.destroy()
    await feeding
  }
}

/** Hands texts on as fast as the parser takes them, and a failure to read them with it. */
async function feed(
  parser: Parser,
  { head, texts }: { readonly head: string; readonly texts: AsyncIterable<string> },
): Promise<void> {
  const gone = new AbortController()
  parser.once('close', () => gone.abort())
  const write = async (text: string) => {
    if (parser.write(text) || parser.destroyed) return
    await once(parser, 'drain', { signal: gone.signal }).catch((error: unknown) => {
      // Whoever reads the parser is told what became of it.
      if (!parser.destroyed) throw error
    })
  }
  try {
    await write(head)
    for await (const text of texts) {
      if (parser.destroyed) return
      await write(text)
    }
    parser.end()
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(messageOf(error)))
  }
}

function csvFault(error: CsvError, line: number): NeonHubError {
  const reason =
    error.code === 'CSV_MAX_RECORD_SIZE'
      ? `what begins on line ${line} is longer than ${maxRecordBytes / 1024} KiB, as if a quote were not closed`
      : messageOf(error)
  return fileError(reason, 'Check the quotes there: a quote within a cell is written twice.', error)
}

/** Bytes to text: a byte order mark decides, else it is UTF-8. */
async function* decode(bytes: AsyncIterable<Uint8Array>, progress: { bytesRead: number }): AsyncGenerator<string> {
  let encoding = 'utf-8'
  let decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for await (const chunk of bytes) {
      if (progress.bytesRead === 0) {
        encoding = encodingOf(chunk)
        decoder = new TextDecoder(encoding, { fatal: true })
      }
      progress.bytesRead += chunk.length
      const text = decoder.decode(chunk, { stream: true })
      if (text !== '') yield text
    }
    const rest = decoder.decode()
    if (rest !== '') yield rest
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw fileError(`it is not valid ${encoding.toUpperCase()}`, 'Save it as "CSV UTF-8" and import it again.', error)
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}

/** The separator of the header line: spreadsheets of half of Europe write semicolons. */
function delimiterOf(text: string): string {
  const header = text.split('\n', 1)[0] ?? ''
  return [',', ';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ','
}
