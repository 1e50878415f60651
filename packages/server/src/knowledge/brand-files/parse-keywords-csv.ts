import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { messageOf } from '../../base/errors.ts'
import { issuesOf } from '../../base/parse.ts'
import { brandFileError } from './parse-yaml-file.ts'

/** What a person who searches for a term wants (Broder, "A taxonomy of web search", 2002, with `commercial`). */
export const keywordIntents = ['informational', 'navigational', 'commercial', 'transactional'] as const
export type KeywordIntent = (typeof keywordIntents)[number]

export interface KeywordEntry {
  readonly term: string
  readonly intent: KeywordIntent | undefined
  /** Searches a month. */
  readonly volume: number | undefined
  /** 0 (easy) to 100. */
  readonly difficulty: number | undefined
  /** The name of a persona. */
  readonly persona: string | undefined
  /** Its line in the file, counted from 1. */
  readonly line: number
}

const columns = ['term', 'intent', 'volume', 'difficulty', 'persona'] as const
const blankIsAbsent = (value: unknown) => (value === '' ? undefined : value)
/** SEO tools write thousands as `1,200` or `1 200`. */
const numeric = (value: unknown) =>
  typeof value === 'string' && value !== '' ? Number(value.replaceAll(/(?<=\d)[,\s](?=\d{3}\b)/g, '')) : undefined

const Row = z.object({
  term: z.string().min(1, 'must not be empty').max(200),
  intent: z.preprocess(
    (value) => (typeof value === 'string' ? blankIsAbsent(value.toLowerCase()) : value),
    z.enum(keywordIntents).optional(),
  ),
  volume: z.preprocess(numeric, z.number('must be a number').int().min(0).optional()),
  difficulty: z.preprocess(numeric, z.number('must be a number').min(0).max(100).optional()),
  persona: z.preprocess(blankIsAbsent, z.string().max(1000).optional()),
})
const Record = z.object({ info: z.object({ lines: z.number() }), record: z.array(z.string()) })

/**
 * Parses `keywords.csv`: a header with `term` and any of `intent`, `volume`, `difficulty`, `persona` (other columns are
 * left aside), separated by commas, semicolons or tabs. Terms are unique, whatever their case.
 * Throws `knowledge.brand_file` with the line.
 */
export function parseKeywordsCsv(text: string, file = 'keywords.csv'): readonly KeywordEntry[] {
  const [header, ...rows] = readRecords(text, file)
  if (!header) return []
  const names = header.record.map((name) => name.toLowerCase())
  if (!names.includes('term')) {
    const hint = `The first line must name the columns: ${columns.join(', ')}.`
    throw brandFileError({ file, line: header.info.lines, reason: 'there is no column “term”', hint })
  }
  const lineOfTerm = new Map<string, number>()
  return rows.map(({ record, info: { lines: line } }) => {
    const cells = Object.fromEntries(columns.map((name) => [name, record[names.indexOf(name)] ?? '']))
    const row = Row.safeParse(cells)
    if (!row.success) {
      const reason = issuesOf(row.error).map(({ path, message }) => `${path}: ${message}`)
      throw brandFileError({ file, line, reason: reason.join('; '), cause: row.error })
    }
    const { term, intent, volume, difficulty, persona } = row.data
    const earlier = lineOfTerm.get(term.toLowerCase())
    if (earlier !== undefined) throw brandFileError({ file, line, reason: `“${term}” is already on line ${earlier}` })
    lineOfTerm.set(term.toLowerCase(), line)
    return { term, intent, volume, difficulty, persona, line }
  })
}

function readRecords(text: string, file: string): readonly z.output<typeof Record>[] {
  try {
    const options = { bom: true, trim: true, info: true, skip_empty_lines: true, delimiter: delimiterOf(text) }
    return z.array(Record).parse(parse(text, options))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error['lines'] === 'number' ? error['lines'] : undefined
    throw brandFileError({ file, line, reason: messageOf(error), cause: error })
  }
}

/** The separator of the header line: spreadsheets of half of Europe write semicolons. */
function delimiterOf(text: string): string {
  const header = text.split('\n', 1)[0] ?? ''
  return [',', ';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ','
}
