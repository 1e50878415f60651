import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import { checkVoice, type ContentView, findCampaign, listContentOfCampaign } from '../../marketing/index.ts'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { withoutMarks } from '../_lib/cite.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { SeoReport, VoiceViolation } from '../_lib/schemas.ts'

const Input = z.strictObject({ campaignId: z.guid('must be the id of a campaign') })

const reviewTask = defineTask({
  key: 'sum up the review',
  text: 'Sum up in 60 words for the editor how the campaign stands, and what to change first.',
  values: {},
})

/** Looks at a campaign as an editor does: the voice and the sources of each piece, the page of its article. */
export const review = brandIntent({
  description: 'Review a campaign’s pieces: voice, sources, and the article’s page',
  input: Input,
  output: z.object({
    verdict: z.enum(['ready', 'needs work']),
    pieces: z.array(
      z.object({
        key: z.string(),
        title: z.string(),
        status: z.enum(['draft', 'scheduled', 'published']),
        violations: z.array(VoiceViolation),
        citations: z.int(),
      }),
    ),
    seoScore: z.int().optional(),
    findings: z.array(z.string()),
    /** What the model would change first. */
    summary: z.string(),
    model: z.string(),
  }),
  tasks: [reviewTask],
  async run(context) {
    const { campaignId } = context.input
    const brand = await loadBrand(context)
    const loaded = await context.transaction('load the campaign', async (tx) => {
      const campaign = await findCampaign(tx, campaignId)
      return campaign?.brandId === brand.id
        ? { name: campaign.name, brief: campaign.brief, content: await listContentOfCampaign(tx, campaignId) }
        : null
    })
    if (!loaded) {
      throw new NeonHubError('agents.campaign_missing', `${brand.brand.slug} has no campaign ${campaignId}`, {
        kind: 'not_found',
        hint: 'The id stands in the output of launch-campaign.',
      })
    }
    const pieces = loaded.content.map((piece) => ({
      key: piece.key,
      title: piece.title,
      status: piece.status,
      violations: brand.voice ? [...checkVoice(readable(piece), brand.voice)] : [],
      citations: piece.citations.length,
    }))
    const article = loaded.content.find(({ kind }) => kind === 'article')
    const seo = article
      ? SeoReport.parse(
          await context.child('check the article', {
            agent: 'SEOAgent',
            intent: 'seo-audit',
            input: { title: article.title, body: article.body, keywords: keywordsOf(loaded.brief), suggest: false },
          }),
        )
      : undefined
    const findings = [
      ...pieces.flatMap(({ key, violations }) =>
        violations.map(({ message, excerpt }) => `${key}: ${message} “${excerpt}”`),
      ),
      ...pieces.filter(({ citations }) => citations === 0).map(({ key }) => `${key}: It cites no passage.`),
      // A piece that is kept has no meta description in its text, so that finding would be about the check.
      ...(seo?.findings ?? [])
        .filter(({ outcome, check }) => outcome === 'failed' && !check.startsWith('meta-'))
        .map(({ message }) => `article: ${message}`),
    ]
    const { value, model } = await context.llm.text(reviewTask.key, {
      prompt: {
        task: fillTask(reviewTask, {}),
        ...voicePart(brand),
        facts: {
          campaignTitle: loaded.name,
          ...brandFacts(brand),
          pieces: pieces.length,
          findings: findings.length > 0 ? findings : ['All pieces keep the voice and name their sources.'],
        },
      },
    })
    return {
      verdict: findings.length === 0 ? ('ready' as const) : ('needs work' as const),
      pieces,
      ...(seo ? { seoScore: seo.score } : {}),
      findings,
      summary: value.trim(),
      model,
    }
  },
})

/** Links and marks are no prose. */
function readable({ title, body }: ContentView): string {
  return withoutMarks(`${title}\n${body}`)
    .replaceAll(/https?:\/\/\S+/g, '')
    .replaceAll(/(?:^|\s)#\p{L}[\p{L}\p{N}_]*/gu, '')
}

function keywordsOf(brief: unknown): readonly string[] {
  const parsed = z.looseObject({ keywords: z.array(z.string()) }).safeParse(brief)
  return parsed.success ? parsed.data.keywords : []
}
