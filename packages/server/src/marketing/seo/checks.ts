import { countTerm, type KeywordUse } from './keyword-use.ts'
import type { ReadArticle } from './read-article.ts'
import type { Readability } from './readability.ts'

/** What the checks look at. */
export interface AuditedArticle {
  readonly title: string
  readonly metaDescription: string
  readonly article: ReadArticle
  readonly readability: Readability
  /** The first is the one that the article is about. */
  readonly keywords: readonly KeywordUse[]
  /** Host of the brand's site: links there are internal. */
  readonly siteHost: string | undefined
}

/** One answer: `share` of the check's weight that the article earns, and what to say of it. */
export interface CheckResult {
  readonly share: number
  readonly message: string
}

/** One on-page check. It returns undefined where it does not apply. */
export interface SeoCheck {
  readonly id: string
  readonly weight: number
  readonly run: (audited: AuditedArticle) => CheckResult | undefined
}

const result = (share: number, message: string): CheckResult => ({ share, message })
const quote = (terms: readonly string[]) => terms.map((term) => `“${term}”`).join(', ')

/** Search results cut a title at about 600 pixels, which is some 60 characters. */
const longestTitle = 60
/** Search results show about 160 characters of a description; fewer than 50 leave the space unused. */
const metaLength = { least: 50, most: 160 }

/**
 * What an editor can put right on the page itself. The weights are our own judgement of what matters more, and add up to
 * about 100; no search engine publishes its own.
 */
export const seoChecks: readonly SeoCheck[] = [
  {
    id: 'title-length',
    weight: 9,
    run: ({ title }) => {
      const length = [...title].length
      if (length === 0) return result(0, 'There is no title.')
      if (length > longestTitle)
        return result(
          length > 70 ? 0 : 0.5,
          `The title has ${length} characters; over ${longestTitle} it is cut in results.`,
        )
      return length < 15
        ? result(0.5, `The title has only ${length} characters; say more of what the page answers.`)
        : result(1, `The title has ${length} characters.`)
    },
  },
  {
    id: 'title-keyword',
    weight: 11,
    run: ({ title, keywords: [first, ...others] }) => {
      if (!first) return undefined
      if (first.inTitle) return result(1, `The title names “${first.term}”.`)
      const other = others.find(({ inTitle }) => inTitle)
      if (other) return result(0.8, `The title names “${other.term}”, though not “${first.term}”.`)
      const words = first.term.split(/\s+/)
      const known = words.filter((word) => countTerm(word, title) > 0).length
      return result((known / words.length) * 0.5, `The title does not name “${first.term}”.`)
    },
  },
  {
    id: 'meta-description',
    weight: 8,
    run: ({ metaDescription }) => {
      const length = [...metaDescription].length
      if (length === 0) return result(0, 'There is no meta description.')
      if (length < metaLength.least)
        return result(0.5, `The meta description has ${length} characters; use at least ${metaLength.least}.`)
      return length > metaLength.most
        ? result(0.5, `The meta description has ${length} characters; over ${metaLength.most} it is cut.`)
        : result(1, `The meta description has ${length} characters.`)
    },
  },
  {
    id: 'meta-keyword',
    weight: 5,
    run: ({ keywords }) => oneOf(keywords, ({ inMetaDescription }) => inMetaDescription, 'the meta description'),
  },
  {
    id: 'opening-keyword',
    weight: 9,
    run: ({ keywords }) => oneOf(keywords, ({ inOpening }) => inOpening, 'the first paragraph'),
  },
  {
    id: 'headings-keyword',
    weight: 8,
    run: ({ keywords }) => oneOf(keywords, ({ inHeadings }) => inHeadings, 'the headings'),
  },
  {
    id: 'keyword-coverage',
    weight: 15,
    run: ({ keywords }) => {
      if (keywords.length === 0) return undefined
      const missing = keywords.filter(({ count, inHeadings }) => count === 0 && !inHeadings).map(({ term }) => term)
      return missing.length === 0
        ? result(1, `All ${keywords.length} keywords are used.`)
        : result(1 - missing.length / keywords.length, `The text does not use ${quote(missing)}.`)
    },
  },
  {
    id: 'keyword-density',
    weight: 7,
    run: ({ keywords }) => {
      if (keywords.length === 0) return undefined
      const stuffed = keywords.filter(({ count, densityPercent }) => densityPercent > 3 && count > 2)
      return stuffed.length === 0
        ? result(1, 'No keyword is repeated too often.')
        : result(0, `${quote(stuffed.map(({ term }) => term))} stands too often (over 3 % of the words).`)
    },
  },
  {
    id: 'heading-structure',
    weight: 8,
    run: ({ article: { headings }, readability: { words } }) => {
      if (headings.length === 0) return result(words > 300 ? 0 : 0.5, 'There are no headings.')
      const skips = headings.find(({ depth }, index) => depth - (headings[index - 1]?.depth ?? 1) > 1)
      if (skips) return result(0.5, `The heading “${skips.text}” skips a level.`)
      const tops = headings.filter(({ depth }) => depth === 1).length
      if (tops > 1) return result(0.5, `There are ${tops} headings of the first level; use one.`)
      const texts = headings.map(({ text }) => text.toLowerCase())
      const repeated = headings.find(({ text }, index) => texts.indexOf(text.toLowerCase()) !== index)
      return repeated
        ? result(0.5, `The heading “${repeated.text}” stands twice.`)
        : result(1, `${headings.length} headings, in order.`)
    },
  },
  {
    id: 'word-count',
    weight: 7,
    run: ({ readability: { words } }) =>
      words >= 300
        ? result(1, `${words} words.`)
        : result(words / 300, `Only ${words} words; say enough to answer the question (300 or more).`),
  },
  {
    id: 'readability',
    weight: 6,
    run: ({ readability: { readingEase, words } }) => {
      if (words === 0) return undefined
      if (readingEase >= 50) return result(1, `Flesch reading ease ${readingEase}: plain.`)
      return result(readingEase >= 30 ? 0.5 : 0, `Flesch reading ease ${readingEase}: use shorter sentences and words.`)
    },
  },
  {
    id: 'paragraph-length',
    weight: 3,
    run: ({ article: { paragraphs } }) => {
      const long = paragraphs.filter((paragraph) => paragraph.split(/\s+/).length > 150).length
      return long === 0
        ? result(1, 'No paragraph is longer than 150 words.')
        : result(0, `${long} paragraphs are longer than 150 words.`)
    },
  },
  {
    id: 'links',
    weight: 4,
    run: ({ article: { links }, siteHost }) => {
      const internal = links.filter(({ url }) => isInternal(url, siteHost)).length
      if (internal > 0) return result(1, `${internal} internal and ${links.length - internal} external links.`)
      return result(links.length > 0 ? 0.5 : 0, 'There is no link to another page of your own site.')
    },
  },
  {
    id: 'image-alt',
    weight: 2,
    run: ({ article: { images } }) => {
      if (images.length === 0) return undefined
      const without = images.filter(({ alt }) => alt.trim() === '').length
      return without === 0
        ? result(1, 'Every image has an alternative text.')
        : result(1 - without / images.length, `${without} images have no alternative text.`)
    },
  },
]

function oneOf(
  keywords: readonly KeywordUse[],
  has: (use: KeywordUse) => boolean,
  where: string,
): CheckResult | undefined {
  const [first] = keywords
  if (!first) return undefined
  const found = keywords.find(has)
  return found
    ? result(found === first ? 1 : 0.9, `“${found.term}” stands in ${where}.`)
    : result(0, `No keyword stands in ${where}, such as “${first.term}”.`)
}

function isInternal(url: string, siteHost: string | undefined): boolean {
  if (!URL.canParse(url)) return !url.startsWith('#')
  return siteHost !== undefined && new URL(url).host === siteHost
}
