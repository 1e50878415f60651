import { saveCampaign, saveContent, type ContentKind } from '../../marketing/index.ts'
import type { BrandIntentContext } from '../../runtime/index.ts'
import type { Citation, EmailDraft, SocialPost } from '../_lib/schemas.ts'
import type { z } from 'zod'
import type { Brief } from './brief.ts'
import type { CheckedArticle } from './write-pieces.ts'

/** A piece of the campaign as it is kept. */
export interface Piece {
  readonly key: string
  readonly kind: ContentKind
  readonly title: string
  readonly body: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly citations: readonly z.output<typeof Citation>[]
  readonly model: string
}

export const emailKey = 'email'
export const postKey = (network: string) => `${network} post`

/** Every piece of the campaign, in the order in which a reader meets them. */
export function piecesOf(
  { article, seo }: CheckedArticle,
  email: EmailDraft | undefined,
  posts: readonly SocialPost[],
): readonly Piece[] {
  const { title, body, metaDescription, citations, model } = article
  return [
    {
      key: 'article',
      kind: 'article',
      title,
      body,
      metadata: { metaDescription, seoScore: seo.score },
      citations,
      model,
    },
    ...(email
      ? [
          {
            key: emailKey,
            kind: 'email' as const,
            title: email.subject,
            body: email.text,
            metadata: { preheader: email.preheader, html: email.html },
            citations: email.citations,
            model: email.model,
          },
        ]
      : []),
    ...posts.map((post) => ({
      key: postKey(post.network),
      kind: 'social_script' as const,
      title: `Post for ${post.network === 'x' ? 'X' : post.network === 'linkedin' ? 'LinkedIn' : 'Instagram'}`,
      body: post.text,
      metadata: { network: post.network, hashtags: post.hashtags },
      citations: post.citations,
      model: post.model,
    })),
  ]
}

export interface SavedCampaign {
  readonly campaignId: string
  /** Id of each piece by its key. */
  readonly contentIds: Readonly<Record<string, string>>
}

/** Keeps the campaign and its pieces as drafts, in one transaction. */
export function savePieces(context: BrandIntentContext<Brief>, pieces: readonly Piece[]): Promise<SavedCampaign> {
  const { runId, brandId, input } = context
  return context.transaction('save the campaign', async (tx) => {
    const type = input.email && !input.social ? 'email' : input.social && !input.email ? 'social' : 'content'
    const campaignId = await saveCampaign(tx, { runId, brandId, name: input.name, type, brief: input })
    const contentIds: Record<string, string> = {}
    for (const piece of pieces) contentIds[piece.key] = await saveContent(tx, { ...piece, runId, brandId, campaignId })
    return { campaignId, contentIds }
  })
}
