import { seoChecks } from './checks.ts'
import { type KeywordUse, measureKeyword } from './keyword-use.ts'
import { measureReadability, type Readability } from './readability.ts'
import { readArticle } from './read-article.ts'

/** What a check has to say. */
export interface SeoFinding {
  /** Name of the check: `title-length`. */
  readonly check: string
  readonly outcome: 'passed' | 'warning' | 'failed'
  readonly message: string
}

export interface SeoAudit {
  /** 0 to 100: the weighted share of the checks that apply. */
  readonly score: number
  /** What failed first, then warnings, then what is in order. */
  readonly findings: readonly SeoFinding[]
  readonly keywords: readonly KeywordUse[]
  readonly readability: Readability
}

/**
 * Checks an article on its own page: title, meta description, keywords, headings, links, images and readability.
 * `body` is Markdown without the title; of the keywords the first is what the article is about. The score is
 * 100 × Σ(weight × share) / Σ(weight) over the checks that apply (`seo/checks.ts`).
 */
export function auditSeo({
  title,
  body,
  metaDescription = '',
  keywords,
  siteUrl,
}: {
  readonly title: string
  readonly body: string
  readonly metaDescription?: string | undefined
  readonly keywords: readonly string[]
  /** Address of the brand's own site. */
  readonly siteUrl?: string | undefined
}): SeoAudit {
  const article = readArticle(body)
  const uses = [...new Set(keywords)].map((term) => measureKeyword(term, { title, metaDescription, article }))
  const audited = {
    title,
    metaDescription,
    article,
    readability: measureReadability(article.text),
    keywords: uses,
    siteHost: siteUrl !== undefined && URL.canParse(siteUrl) ? new URL(siteUrl).host : undefined,
  }
  const results = seoChecks.flatMap(({ id, weight, run }) => {
    const answer = run(audited)
    return answer ? [{ id, weight, ...answer }] : []
  })
  const whole = results.reduce((sum, { weight }) => sum + weight, 0)
  const earned = results.reduce((sum, { weight, share }) => sum + weight * share, 0)
  return {
    score: Math.round((100 * earned) / whole),
    findings: results
      .toSorted((one, other) => one.share - other.share)
      .map(({ id, share, message }) => ({ check: id, outcome: outcomeOf(share), message })),
    keywords: uses,
    readability: audited.readability,
  }
}

function outcomeOf(share: number): SeoFinding['outcome'] {
  if (share >= 0.8) return 'passed'
  return share > 0 ? 'warning' : 'failed'
}
