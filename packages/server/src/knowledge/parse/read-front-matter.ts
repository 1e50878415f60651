import { isMap, parseDocument } from 'yaml'
import { messageOf } from '../../base/errors.ts'

/** Front matter larger than this is a data file with a Markdown name; only its end is looked for. */
const maxFrontMatterLength = 64 * 1024

export interface FrontMatter {
  readonly data: Readonly<Record<string, unknown>>
  /** Its source, where there is one. */
  readonly yaml: string | undefined
  /** The rest of the file. */
  readonly body: string
  /** The line of the file on which `body` begins, counted from 1. */
  readonly bodyLine: number
  /** Why the front matter could not be read, where it could not. It is left out of the body all the same. */
  readonly problem: string | undefined
}

const opening = /^---[ \t]*\n/
const closing = /^(?:---|\.\.\.)[ \t]*$/m

/** Cuts the YAML front matter off a Markdown text. Never throws: documents of others may carry any header. */
export function readFrontMatter(text: string): FrontMatter {
  const start = opening.exec(text)?.[0].length
  const end = start === undefined ? null : closing.exec(text.slice(start))
  if (start === undefined || !end) {
    return { data: {}, yaml: undefined, body: text, bodyLine: 1, problem: undefined }
  }
  const source = text.slice(start, start + end.index)
  const bodyStart = start + end.index + end[0].length
  const bodyLine = text.slice(0, bodyStart).split('\n').length
  return { body: text.slice(bodyStart), bodyLine, yaml: source, ...readYaml(source) }
}

function readYaml(source: string): Pick<FrontMatter, 'data' | 'problem'> {
  if (source.length > maxFrontMatterLength) return { data: {}, problem: 'it is longer than 64 KiB' }
  try {
    const document = parseDocument(source)
    if (document.errors[0]) return { data: {}, problem: document.errors[0].message }
    if (document.contents === null) return { data: {}, problem: undefined }
    if (!isMap(document.contents)) return { data: {}, problem: 'it is not a map of names and values' }
    // A few nested aliases can stand for gigabytes ("billion laughs"); no honest header repeats itself that often.
    return { data: document.toJS({ maxAliasCount: 20 }), problem: undefined }
  } catch (error) {
    return { data: {}, problem: messageOf(error) }
  }
}
