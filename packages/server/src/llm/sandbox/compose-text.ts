import type { Material } from './material.ts'
import { rootPlace } from './place.ts'
import { writeArticle, writeParagraph, writeTitle } from './write-prose.ts'

/** A text in answer to the task: its length and form go by the words that the task uses for what it wants. */
export function composeText(material: Material): string {
  const { task } = material.prompt
  const place = rootPlace('')
  const limit = askedCharacters(task)
  const write = (): string => {
    if (/\b(?:sms|tweet|caption|headline|subject line|tag ?line|hashtag)\b/i.test(task)) {
      return writeParagraph(material, place, { count: 1, cite: false, limit: limit ?? 160 })
    }
    if (/\b(?:summar\w+|answer|reply|explain|describe|question|why|what|how)\b/i.test(task)) {
      return writeParagraph(material, place, { count: 4, cite: true, limit })
    }
    if (/\b(?:article|blog|draft|post|guide|page|newsletter|report|brief)\b/i.test(task)) {
      const title = writeTitle(material, place, new Set())
      return `# ${title}\n\n${writeArticle(material, place, { cite: true, limit })}`
    }
    return writeParagraph(material, place, { count: sentencesFor(limit), cite: true, limit })
  }
  return material.voice.clean(write())
}

/** How many sentences a length takes, at some 100 characters each; five where none was asked. */
const sentencesFor = (limit: number | undefined) => (limit === undefined ? 5 : Math.max(2, Math.round(limit / 100)))

/** “in 80 words” or “at most 280 characters”, as characters. */
function askedCharacters(task: string): number | undefined {
  const [, count, unit = ''] = /\b(\d{2,5})[\s-]+(words?|characters?)\b/i.exec(task) ?? []
  if (count === undefined) return undefined
  return Number(count) * (unit.toLowerCase().startsWith('word') ? 6 : 1)
}
