import { defineAgent } from '../../runtime/index.ts'
import { generatePost } from './generate-post.ts'
import { hashtagPack } from './hashtag-pack.ts'
import { optimizeCaption } from './optimize-caption.ts'

/** Writes for social networks, within what each of them takes. It posts nothing. */
export const socialAgent = defineAgent({
  name: 'SocialAgent',
  description: 'Writes posts, improves captions, and collects hashtags',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1_000_000 },
  intents: { 'generate-post': generatePost, 'optimize-caption': optimizeCaption, 'hashtag-pack': hashtagPack },
})
