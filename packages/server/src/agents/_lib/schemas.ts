import { z } from 'zod'

/** A passage that a text rests on, as contract and table have it. */
export const Citation = z.object({
  source: z.int(),
  chunkId: z.string(),
  documentId: z.string(),
  path: z.string(),
  title: z.string(),
  heading: z.string(),
  startLine: z.int(),
  endLine: z.int(),
})

const keyword = z.string().trim().min(1, 'must not be empty').max(80, 'must have at most 80 characters')

/** What every text is asked with: what it is about and for whom. */
export const subjectFields = {
  topic: z
    .string('must say what to write about')
    .trim()
    .min(3, 'must say what to write about')
    .max(1000, 'must have at most 1,000 characters')
    .describe('What to write about, as you would tell a colleague'),
  objective: z.string().trim().min(1).max(500).optional().describe('The one result that counts'),
  audience: z.string().trim().min(1).max(500).optional().describe('Who should feel spoken to'),
  keywords: z.array(keyword).max(20, 'must have at most 20 terms').default([]).describe('Search terms to be found by'),
}

export const CallToAction = z
  .strictObject({
    label: z.string().trim().min(2).max(60, 'must have at most 60 characters').describe('What the link says'),
    url: z.url({ protocol: /^https?$/, error: 'must be a link that begins with https:// or http://' }).max(500),
  })
  .describe('Where the reader goes next')

/** Whether a run keeps what it wrote as content of its own; a run that writes for another leaves it to that one. */
export const saveField = z.boolean().default(true).describe('Keep the result as content of this run')

export const ArticleDraft = z.object({
  title: z.string(),
  metaDescription: z.string(),
  /** Markdown without the title, with the numbers of its citations in brackets: `[2]`. */
  body: z.string(),
  words: z.int(),
  citations: z.array(Citation),
  /** What a reader should know: citations of passages that do not exist were taken out, for one. */
  warnings: z.array(z.string()),
  model: z.string(),
})
export type ArticleDraft = z.output<typeof ArticleDraft>

export const EmailDraft = z.object({
  subject: z.string(),
  preheader: z.string(),
  text: z.string(),
  html: z.string(),
  /** When to send it, in days after the first. */
  dayOffset: z.int(),
  citations: z.array(Citation),
  model: z.string(),
})
export type EmailDraft = z.output<typeof EmailDraft>

export const EmailSequence = z.object({ emails: z.array(EmailDraft) })

export const Network = z.enum(['linkedin', 'x', 'instagram'], 'must be linkedin, x or instagram')
export type Network = z.output<typeof Network>

export const SocialPost = z.object({
  network: Network,
  /** What is posted: the text with its link and its hashtags. */
  text: z.string(),
  hashtags: z.array(z.string()),
  /** Characters as the network counts them, and how many it takes. */
  length: z.int(),
  limit: z.int(),
  citations: z.array(Citation),
  model: z.string(),
})
export type SocialPost = z.output<typeof SocialPost>

export const SocialPosts = z.object({ posts: z.array(SocialPost) })

export const SeoFinding = z.object({
  check: z.string(),
  outcome: z.enum(['passed', 'warning', 'failed']),
  message: z.string(),
})

export const SeoReport = z.object({
  score: z.int(),
  findings: z.array(SeoFinding),
  keywords: z.array(
    z.object({
      term: z.string(),
      count: z.int(),
      densityPercent: z.number(),
      inTitle: z.boolean(),
      inMetaDescription: z.boolean(),
      inHeadings: z.boolean(),
      inOpening: z.boolean(),
    }),
  ),
  /** Keywords of the brand, beyond those asked about, that the article names too. */
  brandKeywordsUsed: z.array(z.string()),
  words: z.int(),
  readingEase: z.number(),
  suggestions: z.array(z.object({ check: z.string(), advice: z.string() })),
})
export type SeoReport = z.output<typeof SeoReport>

export const VoiceViolation = z.object({ kind: z.string(), excerpt: z.string(), message: z.string() })
