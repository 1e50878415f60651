import type { BrandId, RunId } from '../base/ids.ts'

export type CampaignType =
  | 'email'
  | 'social'
  | 'ppc'
  | 'content'
  | 'seo'
  | 'display'
  | 'video'
  | 'influencer'
  | 'event'
  | 'other'
export type CampaignStatus = 'draft' | 'scheduled' | 'active' | 'paused' | 'completed' | 'archived'
export type ContentKind = 'article' | 'email' | 'social_script' | 'ad_copy'
export type ContentStatus = 'draft' | 'scheduled' | 'published'

/** A passage that a text rests on. `source` is its number in the text: `[2]`. */
export interface ContentCitation {
  readonly source: number
  readonly chunkId: string
  readonly documentId: string
  /** Path within the brand's folder, or the page's address. */
  readonly path: string
  readonly title: string
  readonly heading: string
  readonly startLine: number
  readonly endLine: number
}

/** A campaign as its run writes it. */
export interface NewCampaign {
  readonly runId: RunId
  readonly brandId: BrandId
  readonly name: string
  readonly type: CampaignType
  /** JSON: what the campaign was asked for. */
  readonly brief: unknown
}

/** A piece of content as its run writes it. */
export interface NewContent {
  readonly runId: RunId
  /** Names the piece within its run. */
  readonly key: string
  readonly brandId: BrandId
  readonly campaignId?: string | undefined
  readonly kind: ContentKind
  readonly title: string
  /** Markdown. */
  readonly body: string
  /** JSON: what belongs to the kind (meta description, preheader, network). */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly citations: readonly ContentCitation[]
  /** `provider:model`; begins with `sandbox:` where no model was asked. */
  readonly model: string
}

/** A piece of content as readers see it. */
export interface ContentView {
  readonly id: string
  readonly key: string
  readonly kind: ContentKind
  readonly status: ContentStatus
  readonly title: string
  /** Markdown. */
  readonly body: string
  readonly citations: readonly ContentCitation[]
  readonly model: string
}

/** How a brand speaks, as far as a program can check it. */
export interface CheckedVoice {
  readonly rules: readonly string[]
  readonly avoid: readonly string[]
}
