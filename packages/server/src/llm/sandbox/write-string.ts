import type { Material } from './material.ts'
import type { Place } from './place.ts'
import { writeArticle, writeHeading, writeParagraph, writeTitle } from './write-prose.ts'
import { clip, lengthOf, nameWords, slugify, titleCase } from './words.ts'

export interface StringBounds {
  readonly minLength: number
  readonly maxLength: number
}

type Writer = (material: Material, place: Place, limit: number, taken: Set<string>) => string

const title: Writer = (material, place, limit, taken) => writeTitle(material, place, taken, Math.min(limit, 80))
/** The lists of neighbouring items begin at different places. */
const keyword: Writer = (material, place) =>
  material.keywords[(place.index + 4 * (place.parent?.index ?? 0)) % Math.max(1, material.keywords.length)] ??
  material.topic.toLowerCase()
const paragraph =
  (count: number, usual: number): Writer =>
  (material, place, limit) =>
    writeParagraph(material, place, { count, cite: false, limit: Math.min(limit, usual) })
/** The topic as it stands inside a sentence: with a small letter where the prompt writes it so anywhere. */
function inSentence({ topic, prompt }: Material): string {
  const small = topic.charAt(0).toLowerCase() + topic.slice(1)
  const firstWord = small.split(' ')[0] ?? ''
  const text = `${prompt.task} ${prompt.sources.map((source) => source.text).join(' ')}`
  return text.includes(` ${firstWord}`) ? small : topic
}

const fixed =
  (text: string): Writer =>
  () =>
    text

/**
 * What a property's name asks for, the first that matches. The name is read as words, so `bodyMarkdown`, `email_body`
 * and `article` each find their writer whatever schema they stand in.
 */
const writers: readonly (readonly [RegExp, Writer])[] = [
  [
    /\bhash ?tags?\b/,
    (material, place, limit, taken) =>
      `#${titleCase(keyword(material, place, limit, taken)).replaceAll(/[^\p{L}\p{N}]/gu, '')}`,
  ],
  [/\bslug\b/, (material) => slugify(clip(material.topic, 60))],
  [/\b(?:url|link|href|website)$/, (material) => `https://example.com/${slugify(clip(material.topic, 60))}`],
  [/\bemail(?: address)?$|\baddress\b/, fixed('team@example.com')],
  [/\b(?:language|locale|lang)\b/, fixed('en')],
  [/\bcurrency\b/, fixed('USD')],
  [/\b(?:time ?zone)\b/, fixed('UTC')],
  [
    /\b(?:preheader|preview|meta description|tag ?line|sub ?title|sub ?headline|hook|teaser|opening|insight|takeaway|benefit)/,
    paragraph(1, 155),
  ],
  [/\bheading$/, (material, place, limit, taken) => writeHeading(material, place, taken, Math.min(limit, 80))],
  [/\b(?:title|headline|subject|heading|h1|theme|angle)\b/, title],
  [/\b(?:key ?words?|tags?|terms?|phrases?|topics?|quer(?:y|ies)|anchor)\b/, keyword],
  [
    /\b(?:cta|call to action|button)\b/,
    (material, _place, limit) => clip(`Learn more about ${inSentence(material)}`, limit),
  ],
  [
    /\b(?:html)\b/,
    (material, place, limit) =>
      writeArticle(material, place, { cite: false, limit: Math.min(limit, 6000), html: true }),
  ],
  [
    /\b(?:body|markdown|content|article|draft|essay|newsletter|page)\b/,
    (material, place, limit) => writeArticle(material, place, { cite: false, limit: Math.min(limit, 6000) }),
  ],
  [/\b(?:sms|tweet)\b/, paragraph(2, 160)],
  [
    /\b(?:post|caption|copy|message|reply|response|answer|text|script|section|paragraph|snippet|macro)\b/,
    paragraph(3, 600),
  ],
  [/\b(?:summary|abstract|overview|excerpt|description|recap|brief|synopsis|bio)\b/, paragraph(2, 320)],
  [
    /\b(?:reason|rationale|why|explanation|evidence|quote|claim|note|finding|advice|suggestion|recommendation|point|bullet|highlight|fact|comment|step)s?\b/,
    paragraph(1, 280),
  ],
  [
    /\b(?:tone|voice|style)\b/,
    (material, place, limit, taken) => material.prompt.voice?.summary || keyword(material, place, limit, taken),
  ],
  [/\baudience\b/, (material) => `People interested in ${material.topic}`],
  [
    /\b(?:name|label|segment|persona|category|group|variant)\b/,
    (material, place, limit, taken) => titleCase(keyword(material, place, limit, taken)),
  ],
  [/\b(?:id|key|code|ref)\b/, (material, place) => `${slugify(clip(material.topic, 30))}-${place.index + 1}`],
]

const sentence = paragraph(1, 240)

/** A text for the place, in the voice and within the bounds. */
export function writeString(material: Material, place: Place, bounds: StringBounds, taken: Set<string>): string {
  const fact = factNamed(material, place.name)
  if (typeof fact === 'string' && fits(fact, bounds) && material.voice.clean(fact) === fact) return fact
  const words = nameWords(place.name)
  const write = writers.find(([pattern]) => pattern.test(words))?.[1] ?? sentence
  const text = material.voice.clean(write(material, place, bounds.maxLength, taken))
  return fitText(material, place, text, bounds)
}

/** The fact with the name of the property, however it is spelt. */
export function factNamed(material: Material, name: string): unknown {
  const wanted = nameWords(name)
  return Object.entries(material.prompt.facts).find(([key]) => nameWords(key) === wanted)?.[1]
}

export function fits(text: string, { minLength, maxLength }: StringBounds): boolean {
  const length = lengthOf(text)
  return length >= minLength && length <= maxLength
}

/** Lengthens a text with further sentences and cuts it where it is too long. */
export function fitText(material: Material, place: Place, text: string, bounds: StringBounds): string {
  let current = text
  for (let round = 0; lengthOf(current) < bounds.minLength && round < 40; round += 1) {
    const more = writeParagraph(material, place, { count: 1, cite: false })
    const next = material.voice.clean(`${current} ${more}`.trim())
    if (next === current) break
    current = next
  }
  // Nothing is left to say: the text is said again, which a bound that no honest text meets asks for.
  const seed = current.trim() === '' ? '–' : `${current} `
  while (lengthOf(current) < bounds.minLength) current += seed
  const clipped = material.voice.clean(clip(current, bounds.maxLength))
  if (fits(clipped, bounds)) return clipped
  return [...current].slice(0, bounds.maxLength).join('').padEnd(bounds.minLength, '.')
}
