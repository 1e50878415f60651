import { termsOf } from './words.ts'

/** A sentence of a source, ready to stand in a text. */
export interface Sentence {
  readonly text: string
  readonly sourceId: string
  /** The heading that it stood under, else the source's title. */
  readonly heading: string
  /** Its place in the source. */
  readonly order: number
  readonly terms: ReadonlySet<string>
}

/** Text that speaks to a model rather than to a reader. Quoting it would look like obeying it. */
const commandToModels =
  /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|above|previous)\b|\bsystem prompt\b|\byou are (?:now|an? (?:ai|assistant|language model))\b|\b(?:as|dear) (?:an? )?(?:ai|llm|language model)\b|\bnew instructions?\b/i

/** Cuts a source into whole sentences, without its Markdown or HTML marks. */
export function splitSource({
  id,
  title,
  text,
  untrusted,
}: {
  id: string
  title: string
  text: string
  untrusted?: boolean
}): readonly Sentence[] {
  const sentences: Sentence[] = []
  let heading = title
  for (const line of unwrapLines(text)) {
    // In plain text a line in capitals is a heading.
    if (/\p{Lu}{3}/u.test(line) && !/\p{Ll}/u.test(line) && line.length <= 80) {
      heading = stripMarks(line)
      continue
    }
    const headingText = /^\s*#{1,6}\s+(.*)$/.exec(line)?.[1] ?? /^\s*\*\*([^*]{3,60})\*\*:?\s*$/.exec(line)?.[1]
    if (headingText !== undefined) {
      heading = stripMarks(headingText) || heading
      continue
    }
    for (const sentence of splitLine(line)) {
      if (untrusted && commandToModels.test(sentence)) continue
      const terms = new Set(termsOf(sentence))
      sentences.push({ text: sentence, sourceId: id, heading, order: sentences.length, terms })
    }
  }
  return sentences
}

/** What begins a line of its own: a heading, an item of a list, a row, a quotation, a rule, a fence, a line in bold. */
const ownLine =
  /^[^\p{Ll}]*\p{Lu}{3}[^\p{Ll}]*$|^\s*(?:#{1,6}\s|[-*+•>]\s|\d+[.)]\s|\||```|[-=]{3,}|\*\*[^*]+\*\*:?\s*$)/u

/** Lines as they were meant: text that was wrapped at a margin is one line again. */
function unwrapLines(text: string): readonly string[] {
  const lines: string[] = []
  let goesOn = false
  for (const line of text.split('\n')) {
    const last = lines.at(-1)
    const isOwn = line.trim() === '' || ownLine.test(line)
    if (goesOn && !isOwn && last !== undefined) lines[lines.length - 1] = `${last} ${line.trim()}`
    else lines.push(line)
    goesOn =
      line.trim() !== '' &&
      !/^[^\p{Ll}]*\p{Lu}{3}[^\p{Ll}]*$|^\s*(?:#{1,6}\s|\||```|[-=]{3,}|\*\*[^*]+\*\*:?\s*$)/u.test(line)
  }
  return lines
}

/** A full stop after these ends no sentence: “No. 6”, “e.g. tins”, “Mr. Hall”. */
const abbreviations = /\b(?:No|Nos|Mr|Mrs|Ms|Dr|St|vs|etc|approx|ca|cf|e\.g|i\.e|Fig|p|pp)\.$/

/** Tables, rules and code are no sentences; a fragment of fewer than four words says nothing alone. */
function splitLine(line: string): readonly string[] {
  if (/^\s*(?:\||```|-{3,}|={3,})/.test(line)) return []
  return joinAbbreviations(stripMarks(line).split(/(?<=[.!?][”"')\]]?)\s+(?=[\p{Lu}\p{N}“"'(])/u))
    .map((part) => part.trim())
    .filter((part) => part.split(/\s+/).length >= 4 && part.length <= 400 && !looksLikeCode(part))
    .map((part) => (/[.!?][”"')\]]?$/.test(part) ? part : `${part.replace(/[,;:–-]+$/, '')}.`))
    .map((part) => (identifier.test(part) ? part : part.charAt(0).toUpperCase() + part.slice(1)))
}

/** A name from a program (`pino.destination`, `maxLength`) keeps its small letter at the beginning of a sentence. */
const identifier = /^\p{Ll}+(?:[._]\p{L}|\(|\p{Lu})/u

/** Two marks that prose does not use: braces, brackets, an assignment, an arrow, a pipe, an empty call, a shell prompt. */
function looksLikeCode(part: string): boolean {
  return (part.match(/[{}[\]<>|\\]|(?<!\w)\$ |\s=\s|=>|\(\)|;(?=\s*$)|["']:/g) ?? []).length >= 2
}

function joinAbbreviations(parts: readonly string[]): readonly string[] {
  const joined: string[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (last !== undefined && abbreviations.test(last)) joined[joined.length - 1] = `${last} ${part}`
    else joined.push(part)
  }
  return joined
}

function stripMarks(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}/g, '')
    .replace(/^\s*(?:[-*+•>]|\d+[.)])\s+/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
