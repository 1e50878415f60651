import { z } from 'zod'
import { brandIntent } from '../../runtime/index.ts'
import { loadBrand } from '../_lib/load-brand.ts'
import { SeoFinding } from '../_lib/schemas.ts'
import { Brief } from './brief.ts'
import { deliver } from './deliver.ts'
import { piecesOf, savePieces } from './save-pieces.ts'
import { writeArticle, writeEmail, writePosts } from './write-pieces.ts'
import { CampaignPlan, planTask, writePlan } from './write-plan.ts'

const Output = z.object({
  campaignId: z.string(),
  plan: CampaignPlan,
  content: z.array(
    z.object({
      id: z.string(),
      key: z.string(),
      kind: z.enum(['article', 'email', 'social_script', 'ad_copy']),
      title: z.string(),
      status: z.enum(['draft', 'scheduled', 'published']),
    }),
  ),
  seo: z.object({ score: z.int(), findings: z.array(SeoFinding), isRevised: z.boolean() }),
  /** What was to leave and what became of it. */
  deliveries: z.array(
    z.object({
      key: z.string(),
      piece: z.string(),
      tool: z.string(),
      status: z.enum(['succeeded', 'failed', 'denied', 'expired']),
      executionId: z.string(),
      error: z
        .object({ code: z.string(), message: z.string(), hint: z.string().optional(), retryable: z.boolean() })
        .optional(),
    }),
  ),
  warnings: z.array(z.string()),
})

/** From a brief to a campaign that is out: plan, article, email and posts, checked, kept, approved and sent. */
export const launchCampaign = brandIntent({
  description:
    'Plan a campaign from a brief, write its article, email and posts, check them, and send them once approved',
  input: Brief,
  output: Output,
  tasks: [planTask],
  async run(context) {
    const brand = await loadBrand(context)
    const plan = await writePlan(context, brand)
    const checked = await writeArticle(context, plan)
    // One beside the other: both draw on the finished article.
    const [email, posts] = await Promise.all([writeEmail(context, checked), writePosts(context, checked)])
    const pieces = piecesOf(checked, email, posts)
    const saved = await savePieces(context, pieces)
    const { deliveries, published } = await deliver(context, saved, { email, posts })
    return {
      campaignId: saved.campaignId,
      plan,
      content: pieces.map(({ key, kind, title }) => ({
        id: saved.contentIds[key] ?? '',
        key,
        kind,
        title,
        status: published.has(key) ? ('published' as const) : ('draft' as const),
      })),
      seo: { score: checked.seo.score, findings: checked.seo.findings, isRevised: checked.isRevised },
      deliveries: [...deliveries],
      warnings: checked.article.warnings,
    }
  },
})
