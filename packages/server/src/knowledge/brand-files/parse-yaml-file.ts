import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { issuesOf } from '../../base/parse.ts'

export interface FileError {
  readonly file: string
  /** Line, counted from 1, where it is known. */
  readonly line?: number | undefined
  readonly reason: string
  readonly hint?: string
  readonly cause?: unknown
}

/** The error for what is wrong in one of the brand's files: `knowledge.brand_file`, naming file, line and reason. */
export function brandFileError({ file, line, reason, hint, cause }: FileError): NeonHubError {
  const place = line === undefined ? file : `${file}:${line}`
  return new NeonHubError('knowledge.brand_file', `${place}: ${reason}`, {
    kind: 'invalid',
    hint: hint ?? 'Correct the file and import again.',
    issues: [{ path: place, message: reason }],
    cause,
  })
}

/**
 * Parses the text of a YAML file against a schema. Throws `knowledge.brand_file` with the line of each wrong place.
 * An empty file is an empty map. `firstLine` is the line of the file on which the text begins.
 */
export function parseYamlFile<Schema extends z.ZodType>(
  text: string,
  { file, schema, firstLine = 1 }: { readonly file: string; readonly schema: Schema; readonly firstLine?: number },
): z.output<Schema> {
  const { document, lines } = readDocument(text, file)
  const fault = document.errors[0]
  const lineAt = (offset: number) => lines.linePos(offset).line + firstLine - 1
  if (fault)
    throw brandFileError({
      file,
      line: lineAt(fault.pos[0]),
      reason: fault.message.split('\n', 1)[0] ?? '',
      cause: fault,
    })
  const value = valueOf(document, file)
  if (!isStorable(value)) {
    throw brandFileError({ file, reason: 'a text in it has a NUL or half a surrogate pair, written as an escape' })
  }
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => {
    const offset = offsetOf(document, issue.path)
    return offset === undefined ? undefined : lineAt(offset)
  })
  const reasons = issuesOf(result.error).map(({ path, message }) => `${path}: ${message}`)
  throw brandFileError({ file, line: issues[0], reason: reasons.join('; '), cause: result.error })
}

type YamlDocument = ReturnType<typeof parseDocument>

function readDocument(text: string, file: string) {
  const lines = new LineCounter()
  try {
    return { document: parseDocument(text, { lineCounter: lines, prettyErrors: true }), lines }
  } catch (error) {
    // Nesting without end exhausts the parser's stack.
    throw brandFileError({ file, reason: `it cannot be read: ${messageOf(error)}`, cause: error })
  }
}

function valueOf(document: YamlDocument, file: string): unknown {
  try {
    // A few nested aliases can stand for gigabytes ("billion laughs").
    return document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    throw brandFileError({ file, reason: `it cannot be read: ${messageOf(error)}`, cause: error })
  }
}

/** Whether a database takes every text in it: YAML's escapes can spell what no text may hold. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member))
}

/** Where the value at `path` stands, or the nearest value that holds it. */
function offsetOf(document: YamlDocument, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = z
      .object({ range: z.tuple([z.number()], z.number()) })
      .safeParse(document.getIn(path.slice(0, length), true))
    if (node.success) return node.data.range[0]
  }
  return undefined
}
