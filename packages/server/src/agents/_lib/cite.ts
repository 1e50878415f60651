import { type Citation, findCitation } from '../../knowledge/index.ts'
import type { Sources } from './find-sources.ts'

/** A text whose citations have been checked against what was handed out. */
export interface CitedText {
  /** With `[1]` where the model wrote `[S4]`: numbered in the order in which the text names them. */
  readonly text: string
  readonly citations: readonly Citation[]
  /** Ids that the text named and nobody had handed out. They are taken out. */
  readonly unknown: readonly string[]
}

/** `[S1]`, `[S1, S4]`, `[S1][S4]`. */
const mark = /\s*\[\s*(S\d+(?:\s*[,;]\s*S\d+)*)\s*\]/g

/** Checks each citation of a text, and numbers those that stand for a passage. */
export function resolveCitations(text: string, { found }: Sources): CitedText {
  const citations: Citation[] = []
  const unknown = new Set<string>()
  const numbers = new Map<string, number>()
  const resolved = text.replaceAll(mark, (_whole, list: string) => {
    const marks = list.split(/[,;]/).map((part) => {
      const id = part.trim()
      const citation = findCitation(found, id)
      if (!citation) {
        unknown.add(id)
        return ''
      }
      const number = numbers.get(id) ?? citations.length + 1
      if (!numbers.has(id)) citations.push({ ...citation, source: number })
      numbers.set(id, number)
      return `[${number}]`
    })
    const kept = marks.filter((one, index) => marks.indexOf(one) === index).join('')
    return kept === '' ? '' : ` ${kept}`
  })
  return { text: resolved, citations, unknown: [...unknown] }
}

/** The passages behind a list of ids, numbered in their order; ids that were never handed out are left out. */
export function citationsOf(ids: readonly string[], { found }: Sources): readonly Citation[] {
  return [...new Set(ids)]
    .flatMap((id) => findCitation(found, id) ?? [])
    .map((citation, index) => ({ ...citation, source: index + 1 }))
}

/** Whether a text cites one of the passages of these ids. */
export function citesOneOf(text: string, ids: readonly string[]): boolean {
  return [...text.matchAll(mark)].some(([, list = '']) => list.split(/[,;]/).some((id) => ids.includes(id.trim())))
}

/** A text without the marks of its citations. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/\s?\[S?\d+\](?!\()/g, '')
}
