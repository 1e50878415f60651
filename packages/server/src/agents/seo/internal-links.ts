import { z } from 'zod'
import type { FoundChunk } from '../../knowledge/index.ts'
import { normalWords } from '../../marketing/index.ts'
import { brandIntent } from '../../runtime/index.ts'
import { withoutMarks } from '../_lib/cite.ts'
import { findSources } from '../_lib/find-sources.ts'
import { loadBrand } from '../_lib/load-brand.ts'
import { searchBrand } from '../_lib/search-brand.ts'

const Page = z.object({ documentId: z.string(), path: z.string(), title: z.string() })

const Input = z
  .strictObject({
    topic: z.string().trim().min(3).max(1000).optional().describe('Links between the documents that speak of this'),
    body: z.string().trim().min(50).max(100_000).optional().describe('Links from this text, as Markdown, to documents'),
    limit: z.int().min(1).max(30).default(10),
  })
  .refine(({ topic, body }) => (topic === undefined) !== (body === undefined), {
    message: 'needs either a topic or a body, and not both',
  })

/** Paragraphs of a text that are looked at. */
const mostParagraphs = 24

/** Proposes links between documents, or from a text to documents, where a passage speaks of what another page is about. */
export const internalLinks = brandIntent({
  description: 'Propose internal links, by meaning: between documents, or from a text to documents',
  input: Input,
  output: z.object({
    links: z.array(
      z.object({
        /** Absent where the link goes from the text of the request. */
        from: Page.extend({ startLine: z.int() }).optional(),
        /** The passage in which to set the link. */
        passage: z.string(),
        /** Words of the passage to set it on; absent where none of them stands in the other page's title. */
        anchor: z.string().optional(),
        to: Page.extend({ heading: z.string() }),
      }),
    ),
  }),
  async run(context) {
    const { topic, body, limit } = context.input
    const brand = await loadBrand(context)
    const passages =
      body === undefined
        ? (await findSources(context, brand, { queries: [topic ?? ''], limit: 16 })).found.map((from) => ({
            from,
            text: from.text,
          }))
        : paragraphsOf(body).map((text) => ({ from: undefined, text }))
    const targets = await searchBrand(context, {
      brandId: brand.id,
      queries: passages.map(({ text }) => ({ text, query: text.slice(0, 300) })),
      limit: 6,
      perDocument: 1,
      keys: { embed: 'embed the passages', search: 'search for pages to link to' },
    })
    const taken = new Set<string>()
    const links = passages.flatMap(({ from, text }, index) => {
      // One link a passage, to a page that it names if there is one, and each pair of pages once.
      const open = (targets[index] ?? []).filter(
        ({ documentId }) => documentId !== from?.documentId && !taken.has(`${from?.documentId}>${documentId}`),
      )
      const to = open.find((chunk) => anchorIn(text, chunk) !== undefined) ?? open[0]
      if (!to) return []
      taken.add(`${from?.documentId}>${to.documentId}`)
      const anchor = anchorIn(text, to)
      return [
        {
          ...(from ? { from: { ...pageOf(from), startLine: from.startLine } } : {}),
          passage: excerpt(text, anchor),
          ...(anchor === undefined ? {} : { anchor }),
          to: { ...pageOf(to), heading: to.headingPath.join(' › ') },
        },
      ]
    })
    // Those with words to set the link on are the ones to begin with.
    return {
      links: links.toSorted((one, other) => Number('anchor' in other) - Number('anchor' in one)).slice(0, limit),
    }
  },
})

const pageOf = ({ documentId, path, title }: FoundChunk) => ({ documentId, path, title })

function paragraphsOf(body: string): readonly string[] {
  return withoutMarks(body)
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => !paragraph.startsWith('#') && paragraph.split(/\s+/).length >= 8)
    .slice(0, mostParagraphs)
}

/** The longest run of two to five words of the passage that stands in the other page's title or headings. */
function anchorIn(text: string, { title, headingPath }: FoundChunk): string | undefined {
  const goal = ` ${normalWords([title, ...headingPath].join(' | ')).join(' ')} `
  const words = text.split(/\s+/)
  for (const size of [5, 4, 3, 2]) {
    for (let start = 0; start + size <= words.length; start += 1) {
      const phrase = words.slice(start, start + size).join(' ')
      const normal = normalWords(phrase)
      const isPlain = !/[.!?:;|,]\s|[|[\]#*]/.test(phrase)
      if (
        isPlain &&
        normal.length >= size &&
        normal.every((word) => word.length > 2) &&
        goal.includes(` ${normal.join(' ')} `)
      ) {
        return phrase.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
      }
    }
  }
  return undefined
}

/** The sentence with the anchor, or the beginning of the passage. */
function excerpt(text: string, anchor: string | undefined): string {
  const sentence =
    anchor === undefined ? undefined : text.split(/(?<=[.!?])\s+|\n+/).find((part) => part.includes(anchor))
  const shown = (sentence ?? text).trim()
  return shown.length > 240 ? `${shown.slice(0, 239)}…` : shown
}
