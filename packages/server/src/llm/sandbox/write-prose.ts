import { type Material, namedKeywords } from './material.ts'
import { noteSource, type Place } from './place.ts'
import type { Sentence } from './sentences.ts'
import { clip, isStopWord, titleCase } from './words.ts'

/** Whether a sentence is followed by the id of its source, as text answers ask. */
export interface ProseOptions {
  readonly cite: boolean
  readonly limit?: number | undefined
}

/** One paragraph of up to `count` sentences on what the place is about. */
export function writeParagraph(
  material: Material,
  place: Place,
  { count, cite, limit, about }: ProseOptions & { count: number; about?: string },
): string {
  const query = `${material.topic} ${place.name} ${place.description} ${about ?? ''}`
  const ask = { about: query, count, sourceId: place.focus?.id, fitsIn: limit }
  // One of several stays with its own source while that has something new to say.
  const own =
    place.isListed && !place.isQuoting && place.focus
      ? material.pick({ ...ask, freshOnly: true, onlySource: true })
      : []
  const sentences = own.length > 0 ? own : material.pick({ ...ask, quoting: place.isQuoting })
  if (sentences.length === 0) return clip(fallbackSentences(material).slice(0, count).join(' '), limit ?? 1000)
  return joinWithin(material, place, sentences, { cite, limit })
}

/** As many of the sentences as the limit takes, the first in any case. */
function joinWithin(material: Material, place: Place, sentences: readonly Sentence[], options: ProseOptions): string {
  const limit = options.limit ?? Number.POSITIVE_INFINITY
  let text = ''
  for (const sentence of sentences) {
    const cited = options.cite && sentence.sourceId !== '' ? `${sentence.text} [${sentence.sourceId}]` : sentence.text
    const next = text === '' ? cited : `${text} ${cited}`
    if (next.length > limit) continue
    noteSource(place, sentence.sourceId)
    text = next
  }
  return text === '' ? clip(fallbackSentences(material)[0] ?? '', limit) : text
}

/**
 * A piece with an opening and a section for each source that has something to say, as Markdown or HTML. One of several
 * (the mails of a sequence) has no headings and stays with its own source.
 */
export function writeArticle(
  material: Material,
  place: Place,
  { cite, limit = 6000, html = false }: ProseOptions & { html?: boolean },
): string {
  const heading = (text: string) => (html ? `<h2>${escapeHtml(text)}</h2>` : `## ${text}`)
  const paragraph = (text: string) => (html ? `<p>${escapeHtml(text)}</p>` : text)
  const opening = writeParagraph(material, place, { count: 2, cite, limit, about: material.prompt.task })
  let piece = paragraph(opening)
  if (place.isListed) {
    const more = material.pick({
      about: material.topic,
      count: 3,
      sourceId: place.focus?.id,
      freshOnly: true,
      onlySource: true,
    })
    const body = more.length === 0 ? '' : `\n\n${paragraph(joinWithin(material, place, more, { cite }))}`
    return piece.length + body.length > limit ? piece : piece + body
  }
  const sources = material.sources.slice(0, 5)
  const seen = new Set<string>()
  for (const source of sources) {
    const sentences = material.pick({
      about: `${material.topic} ${source.title}`,
      count: 3,
      sourceId: source.id,
      freshOnly: true,
      onlySource: true,
    })
    const title = material.voice.clean(titleCase(sentences[0]?.heading ?? ''))
    if (sentences.length === 0 || title === '' || seen.has(title)) continue
    const body = joinWithin(material, place, sentences, { cite })
    const section = `\n\n${heading(title)}\n\n${paragraph(body)}`
    if (piece.length + section.length > limit) break
    seen.add(title)
    piece += section
  }
  return piece
}

/** The last heading of a source's title, where the title is a path of headings: “Care › Storing” is about storing. */
function ownTitle(title: string): string {
  return title.split(' › ').at(-1)?.trim() ?? title
}

/** A heading for a part that is about one source: that source's own, as it is written there. */
export function writeHeading(material: Material, place: Place, taken: Set<string>, limit = 80): string {
  const { focus } = place
  const own = material.voice.clean(
    (focus?.title ?? '')
      .split(' › ')
      .toReversed()
      .find((part) => part.trim().length <= limit && !taken.has(part.trim()))
      ?.trim() ?? '',
  )
  if (own === '') return writeTitle(material, place, taken, limit)
  taken.add(own)
  return own
}

const titleForms: readonly ((topic: string, focus: string) => string)[] = [
  (topic) => topic,
  (topic, focus) => `${topic}: ${focus}`,
  (topic) => `What to Know About ${topic}`,
  (_topic, focus) => focus,
  (topic) => `A Closer Look at ${topic}`,
  (topic) => `${topic}, Explained`,
  (topic, focus) => `${focus} and ${topic}`,
]

/** A title for the place that no earlier title of this answer has, within the limit. */
export function writeTitle(material: Material, place: Place, taken: Set<string>, limit = 80): string {
  const source = place.focus ?? material.sources[place.index % Math.max(1, material.sources.length)]
  const topic = material.voice.clean(titleCase(clip(material.topic, Math.min(limit, 60))))
  const focus = material.voice.clean(
    titleCase(clip(ownTitle(source?.title ?? material.keywords[place.index] ?? topic), Math.min(limit, 60))),
  )
  const forms = place.index === 0 ? titleForms : [...titleForms.slice(place.index % titleForms.length), ...titleForms]
  const [keyword] = namedKeywords(material.prompt.facts)
  const withKeyword = keyword && (place.index === 0 || !place.isListed) ? [() => `${titleCase(keyword)}: ${topic}`] : []
  const titles = [...withKeyword, ...forms]
    .map((form) => material.voice.clean(form(topic, focus)))
    .filter((title) => title !== '' && title.length <= limit && !repeatsItself(title))
  const title = titles.find((candidate) => !taken.has(candidate)) ?? titles[0] ?? clip(topic, limit)
  taken.add(title)
  return title
}

/** “Recycled Paper: Recycled Paper” and near relations. */
function repeatsItself(title: string): boolean {
  const words = (title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !isStopWord(word))
  return new Set(words).size < words.length
}

/** What can honestly be said where there is nothing to draw on. */
export function fallbackSentences(material: Material): readonly string[] {
  const { topic, prompt, voice } = material
  const facts = Object.entries(prompt.facts)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `The ${name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()} is ${String(value)}.`)
  return [`This is about ${topic}.`, ...facts, 'No source in the knowledge base says more yet.']
    .map(voice.clean)
    .filter((sentence) => sentence !== '')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
