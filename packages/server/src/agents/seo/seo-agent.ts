import { defineAgent } from '../../runtime/index.ts'
import { internalLinks } from './internal-links.ts'
import { keywordResearch } from './keyword-research.ts'
import { seoAudit } from './seo-audit.ts'

/** Looks at search: what to be found by, whether a page does its part, and which pages should know each other. */
export const seoAgent = defineAgent({
  name: 'SEOAgent',
  description: 'Ranks keywords, checks pages, and proposes internal links',
  kind: 'analyst',
  policy: { tools: [], maxCostMicros: 500_000 },
  intents: { 'keyword-research': keywordResearch, 'seo-audit': seoAudit, 'internal-links': internalLinks },
})
