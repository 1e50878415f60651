import type { BrandIntentContext } from '../../runtime/index.ts'
import {
  ArticleDraft,
  type EmailDraft,
  EmailSequence,
  SeoReport,
  type SocialPost,
  SocialPosts,
} from '../_lib/schemas.ts'
import type { Brief } from './brief.ts'
import type { CampaignPlan } from './write-plan.ts'

/** From this score on an article is not revised. */
const goodEnough = 85

/** An article and what the check of its page said. */
export interface CheckedArticle {
  readonly article: ArticleDraft
  readonly seo: SeoReport
  readonly isRevised: boolean
}

/** Has the article written and checked, once more where the check asks for it, and keeps the better of both. */
export async function writeArticle(context: BrandIntentContext<Brief>, plan: CampaignPlan): Promise<CheckedArticle> {
  const first = await draftAndCheck(context, plan, undefined)
  if (first.seo.score >= goodEnough) return { ...first, isRevised: false }
  const second = await draftAndCheck(context, plan, first)
  return second.seo.score > first.seo.score ? { ...second, isRevised: true } : { ...first, isRevised: false }
}

async function draftAndCheck(
  { child, input }: BrandIntentContext<Brief>,
  plan: CampaignPlan,
  earlier: { readonly article: ArticleDraft; readonly seo: SeoReport } | undefined,
) {
  const { topic, objective, audience, keywords, callToAction } = input
  const findings = earlier?.seo.findings.filter(({ outcome }) => outcome !== 'passed').map(({ message }) => message)
  const advice = earlier?.seo.suggestions.map((suggestion) => suggestion.advice) ?? []
  const article = ArticleDraft.parse(
    await child(earlier ? 'revise the article' : 'write the article', {
      agent: 'ContentAgent',
      intent: 'generate-draft',
      input: {
        topic,
        objective,
        ...(audience === undefined ? {} : { audience }),
        keywords,
        words: input.article.words,
        callToAction,
        angle: plan.angle,
        save: false,
        ...(earlier && findings
          ? {
              revision: {
                title: earlier.article.title,
                metaDescription: earlier.article.metaDescription,
                findings: [...findings, ...advice].slice(0, 30),
              },
            }
          : {}),
      },
    }),
  )
  const seo = SeoReport.parse(
    await child(earlier ? 'check the revised article' : 'check the article', {
      agent: 'SEOAgent',
      intent: 'seo-audit',
      input: { title: article.title, body: article.body, metaDescription: article.metaDescription, keywords },
    }),
  )
  return { article, seo }
}

/** Has the email written; undefined where the brief asks for none. */
export async function writeEmail(
  { child, input }: BrandIntentContext<Brief>,
  { article }: CheckedArticle,
): Promise<EmailDraft | undefined> {
  if (!input.email) return undefined
  const { topic, objective, audience, keywords, callToAction } = input
  const { emails } = EmailSequence.parse(
    await child('write the email', {
      agent: 'EmailAgent',
      intent: 'generate-sequence',
      input: {
        topic,
        objective,
        ...(audience === undefined ? {} : { audience }),
        keywords,
        callToAction,
        count: 1,
        article: { title: article.title, body: article.body },
        save: false,
      },
    }),
  )
  return emails[0]
}

/** Has the posts written; none where the brief asks for none. */
export async function writePosts(
  { child, input }: BrandIntentContext<Brief>,
  { article }: CheckedArticle,
): Promise<readonly SocialPost[]> {
  if (!input.social) return []
  const { topic, objective, audience, keywords, callToAction } = input
  const { posts } = SocialPosts.parse(
    await child('write the posts', {
      agent: 'SocialAgent',
      intent: 'generate-post',
      input: {
        topic,
        objective,
        ...(audience === undefined ? {} : { audience }),
        keywords,
        callToAction,
        networks: input.social.networks,
        article: { title: article.title, body: article.body },
        save: false,
      },
    }),
  )
  return posts
}
