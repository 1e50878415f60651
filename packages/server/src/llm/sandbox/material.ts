import type { PromptSource } from '../spec.ts'
import type { ReadPrompt } from './read-prompt.ts'
import { type Sentence, splitSource } from './sentences.ts'
import { findTopic } from './topic.ts'
import { readVoiceRules, type VoiceRules } from './voice-rules.ts'
import { isStopWord, termsOf } from './words.ts'

export interface PickQuery {
  readonly about: string
  readonly count: number
  readonly sourceId?: string | undefined
  readonly fitsIn?: number | undefined
  readonly freshOnly?: boolean
  /** Takes from `sourceId` alone. */
  readonly onlySource?: boolean
  /** The same, and what has been handed out before rather than what has not. */
  readonly quoting?: boolean
}

/** What an answer is made of, and what of it has been used. */
export interface Material {
  readonly prompt: ReadPrompt
  readonly voice: VoiceRules
  /** What the answer is about, as a short phrase. */
  readonly topic: string
  /** Sources by how much they have to say about the task. */
  readonly sources: readonly PromptSource[]
  /** The most telling words and pairs of words, best first. */
  readonly keywords: readonly string[]
  /** Share of the task's words that a source knows, from 0 to 1; that all of them know together where none is named. */
  readonly coverage: (source?: PromptSource) => number
  /**
   * Up to `count` sentences for a query, in reading order, none of them handed out before while there are fresh ones.
   * `sourceId` prefers a source; `fitsIn` leaves out what is longer; `freshOnly` repeats nothing.
   */
  readonly pick: (query: PickQuery) => readonly Sentence[]
}

/** A sentence that leans on the one before it says little alone. */
const leaning =
  /^(?:and|but|so|or|then|they|it|its|this|that|these|those|he|she|his|her|their|them|here|there|both|neither|of|which|such)\b/i

export function gatherMaterial(prompt: ReadPrompt): Material {
  const voice = readVoiceRules(prompt.voice)
  const all = prompt.sources.flatMap(splitSource)
  // Facts say nothing that can be cited: they are for answers that have next to no source.
  const sentences = [...all, ...(all.length < 3 ? factSentences(prompt.facts) : [])]
    .map((sentence) => ({ ...sentence, text: voice.clean(voice.allows(sentence.text) ? sentence.text : '') }))
    .filter(({ text }) => text !== '')
  const weights = inverseFrequencies(sentences)
  const named = namedKeywords(prompt.facts)
  const taskTerms = new Set(termsOf([prompt.task, findTopic(prompt), ...named].join(' ')))
  const unsaid = new Set(named.map((keyword) => keyword.toLowerCase()))
  const known = new Set(all.flatMap(({ terms }) => [...terms]))
  const score = (terms: Iterable<string>, wanted: ReadonlySet<string>) =>
    [...terms].reduce((sum, term) => sum + (wanted.has(term) ? (weights.get(term) ?? 2) : 0), 0)
  // Beside its length, so that a long source is not taken for a telling one.
  const telling = new Map(
    prompt.sources.map((source) => {
      const terms = sourceTerms(source)
      const text = `${source.title} ${source.text}`.toLowerCase()
      const keywords = named.filter((keyword) => text.includes(keyword.toLowerCase())).length
      return [source, score(terms, taskTerms) / Math.sqrt(20 + terms.size) + keywords]
    }),
  )
  const sources = prompt.sources.toSorted((left, right) => (telling.get(right) ?? 0) - (telling.get(left) ?? 0))
  const titles = new Map(prompt.sources.map(({ id, title }) => [id, title]))
  const used = new Set<Sentence>()

  const pick: Material['pick'] = ({
    about,
    count,
    sourceId,
    fitsIn = Number.POSITIVE_INFINITY,
    freshOnly,
    onlySource,
    quoting,
  }) => {
    const wanted = new Set(termsOf(about))
    const rank = (sentence: Sentence) =>
      (score(sentence.terms, wanted) * 2 + score(sentence.terms, taskTerms)) / Math.sqrt(6 + sentence.terms.size) +
      score(new Set(termsOf(`${sentence.heading} ${titles.get(sentence.sourceId) ?? ''}`)), wanted) * 0.4 +
      (sentence.sourceId === sourceId ? 4 : 0) +
      // A keyword that the answer has not said yet makes a sentence worth choosing.
      ([...unsaid].some((keyword) => sentence.text.toLowerCase().includes(keyword)) ? 3 : 0) -
      (sentence.sourceId === '' ? 2 : 0) -
      sentence.order * 0.02 -
      (leaning.test(sentence.text) ? 2.5 : 0) -
      // What one person says of themselves is no word of the brand.
      (/\b(?:I|me|my)\b/.test(sentence.text) ? 2.5 : 0) -
      (used.has(sentence) ? (quoting ? -3 : 1000) : 0)
    const ranks = new Map(sentences.map((sentence) => [sentence, rank(sentence)]))
    const best = sentences
      .filter((sentence) => sentence.text.length <= fitsIn && !(freshOnly && used.has(sentence)))
      .filter((sentence) => !(quoting || onlySource) || sentence.sourceId === sourceId)
      .toSorted((left, right) => (ranks.get(right) ?? 0) - (ranks.get(left) ?? 0))
      .slice(0, count)
    for (const sentence of best) {
      used.add(sentence)
      for (const keyword of unsaid) if (sentence.text.toLowerCase().includes(keyword)) unsaid.delete(keyword)
    }
    const place = (sentence: Sentence) => sources.findIndex(({ id }) => id === sentence.sourceId)
    return best.toSorted((left, right) => place(left) - place(right) || left.order - right.order)
  }
  return {
    prompt,
    voice,
    topic: voice.clean(findTopic(prompt)) || 'This Topic',
    sources,
    keywords: findKeywords(prompt, voice),
    coverage: (source) => {
      const terms = source ? sourceTerms(source) : known
      return taskTerms.size === 0 ? 0 : [...taskTerms].filter((term) => terms.has(term)).length / taskTerms.size
    },
    pick,
  }
}

function sourceTerms({ title, text }: PromptSource): ReadonlySet<string> {
  return new Set(termsOf(`${title} ${text}`))
}

/** Sentences among the facts count as material too, but cite nothing. A bare name or phrase is no sentence. */
function factSentences(facts: Readonly<Record<string, unknown>>): readonly Sentence[] {
  const strings = (value: unknown): readonly string[] => {
    if (typeof value === 'string') return /\s\S+\s[\s\S]*[.!?]/.test(value) ? [value] : []
    if (value && typeof value === 'object') return Object.values(value).flatMap(strings)
    return []
  }
  return Object.entries(facts).flatMap(([name, value]) =>
    strings(value).flatMap((text) => splitSource({ id: '', title: name, text })),
  )
}

function inverseFrequencies(sentences: readonly Sentence[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { terms } of sentences) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return new Map([...counts].map(([term, count]) => [term, Math.log(1 + sentences.length / count)]))
}

/** Keywords that the facts name, by whatever of the usual words. */
export function namedKeywords(facts: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(facts)
    .filter(([name]) => /keyword|topic|tag|term|product/i.test(name))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value === 'string')
    .filter((value) => value.length <= 40)
}

/** Keywords that the facts name come first; then the words and pairs that the sources repeat. */
function findKeywords({ facts, sources, task }: ReadPrompt, voice: VoiceRules): readonly string[] {
  const named = namedKeywords(facts)
  const counts = new Map<string, number>()
  const add = (phrase: string, weight: number) => counts.set(phrase, (counts.get(phrase) ?? 0) + weight)
  const texts = sources.flatMap(({ title, text }) => [[title, 3] as const, [text, 1] as const])
  for (const [text, weight] of texts.length > 0 ? texts : [[task, 1] as const]) {
    for (const clause of text.toLowerCase().split(/[^\p{L}\p{N}\s’'-]+/u)) {
      const words = clause.split(/\s+/).filter((word) => /^\p{L}/u.test(word))
      for (const [index, word] of words.entries()) {
        if (isStopWord(word) || word.length < 4) continue
        add(word, weight)
        const next = words[index + 1]
        if (next && !isStopWord(next) && next.length > 3) add(`${word} ${next}`, weight * 0.9)
      }
    }
  }
  const taskTerms = new Set(termsOf(task))
  for (const [phrase, count] of counts) {
    if (termsOf(phrase).some((term) => taskTerms.has(term))) counts.set(phrase, count * 2)
  }
  const counted = [...counts].toSorted((left, right) => right[1] - left[1])
  const candidates = [...named, ...counted.map(([phrase]) => phrase)].filter((phrase) => voice.clean(phrase) === phrase)
  // A word that stands in a better phrase says nothing more.
  return candidates
    .filter(
      (phrase, index) =>
        !candidates.slice(0, index).some((better) => ` ${better} `.toLowerCase().includes(` ${phrase.toLowerCase()} `)),
    )
    .slice(0, 40)
}
