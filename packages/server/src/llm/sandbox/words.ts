const stopWords = new Set(
  `a about above after again all also an and any are as at be because been before being below between both but by can
  could did do does doing down during each few for from further had has have having he her here hers him his how i if in
  into is it its just like may me might more most must my no nor not now of off on once only or other our ours out over
  own per same shall she should so some such than that the their theirs them then there these they this those through to
  too under until up upon us very was we were what when where which while who whom why will with would you your yours
  write create generate draft make give produce compose answer use using piece text short long one two three new
  article post posts email emails sms tweet blog social caption captions sequence welcome research keyword keywords
  audience brand customer customers campaign caption summarize summarise summary reply answers content copy hashtags
  come comes get gets first second third every once least best only within right always never still already thing things
  thirty hundred thousand many much lot lots love likes like year years day days time times please based following words word sentences`.split(
    /\s+/,
  ),
)

/** The words of a text that carry meaning, lower case, with the plainest endings cut so that forms of a word meet. */
export function termsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [])
    .filter((word) => word.length > 2 && !stopWords.has(word))
    .map(stem)
}

export function isStopWord(word: string): boolean {
  return stopWords.has(word.toLowerCase())
}

function stem(word: string): string {
  const bare = word.replace(/['’]s?$/, '')
  if (bare.length > 5) return bare.replace(/(?:ing|ied|ies|ed|es|s|e|y)$/, '')
  return bare.replace(/s$/, '')
}

/** `bodyMarkdown`, `body_markdown` and `Body markdown` as `body markdown`. */
export function nameWords(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase()
}

const lowerInTitles = new Set(
  'a an and as at but by for from in into nor of on or over per the to via vs with'.split(' '),
)

/** Title case as newspapers write it: small words stay small, words with capitals of their own stay as they are. */
export function titleCase(text: string): string {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word, index, words) => {
      if (/\p{Lu}/u.test(word.slice(1))) return word
      if (index > 0 && index < words.length - 1 && lowerInTitles.has(word.toLowerCase())) return word.toLowerCase()
      return word.charAt(0).toUpperCase() + word.slice(1)
    })
    .join(' ')
}

export function slugify(text: string): string {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return slug === '' ? 'item' : slug
}

/** Length as JSON Schema counts it: code points, not UTF-16 units. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** The longest beginning of `text` within `limit` code points that ends at a sentence, else at a word. */
export function clip(text: string, limit: number): string {
  const points = [...text]
  if (points.length <= limit) return text
  const head = points.slice(0, limit).join('')
  const sentence = /^[\s\S]*[.!?](?=\s|$)/.exec(head)?.[0]
  if (sentence && lengthOf(sentence) >= limit * 0.4) return sentence
  const word = /^[\s\S]*\S(?=\s+\S*$)/.exec(head)?.[0]
  return word && points[limit] !== ' ' ? word.replace(/[\s,;:–-]+$/, '') : head.trimEnd()
}
