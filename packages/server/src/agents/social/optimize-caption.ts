import { z } from 'zod'
import { checkVoice } from '../../marketing/index.ts'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { Network, VoiceViolation } from '../_lib/schemas.ts'
import { composePost, networkRules, postLength } from './networks.ts'

const captionTask = defineTask({
  key: 'rewrite the caption',
  text: 'Rewrite the caption in <sources> for {network}. {form} Keep its facts, and its links as they are. Hashtags go into their own field.',
  values: { network: 'the network’s name', form: 'what a post there looks like, as sentences' },
})

/** Rewrites a caption for its network, and says what was wrong with it and what is. */
export const optimizeCaption = brandIntent({
  description: 'Rewrite a caption in the brand’s voice and within the network’s length',
  input: z.strictObject({
    network: Network,
    caption: z.string().trim().min(10, 'must have at least 10 characters').max(10_000),
    keywords: z.array(z.string().trim().min(1).max(80)).max(10).default([]),
  }),
  output: z.object({
    caption: z.string(),
    hashtags: z.array(z.string()),
    length: z.int(),
    limit: z.int(),
    before: z.object({ length: z.int(), violations: z.array(VoiceViolation) }),
    violations: z.array(VoiceViolation),
    model: z.string(),
  }),
  tasks: [captionTask],
  async run(context) {
    const { network, caption, keywords } = context.input
    const brand = await loadBrand(context)
    const { name, form, usualLength, hashtags, limit } = networkRules[network]
    const { value, model } = await context.llm.object(captionTask.key, {
      prompt: {
        task: fillTask(captionTask, { network: name, form }),
        ...voicePart(brand),
        sources: [{ id: 'S1', title: 'Caption', text: caption }],
        facts: { ...brandFacts(brand), keywords },
      },
      schema: z.object({
        caption: z.string().min(10).max(usualLength),
        hashtags: z
          .array(z.string().regex(/^#[\p{L}\p{N}_]{2,40}$/u))
          .min(1)
          .max(hashtags),
      }),
      schemaName: 'caption',
    })
    const post = composePost({ text: value.caption, hashtags: value.hashtags, callToAction: undefined }, network)
    const violationsOf = (text: string) => (brand.voice ? [...checkVoice(text, brand.voice)] : [])
    return {
      caption: post.text,
      hashtags: [...post.hashtags],
      length: post.length,
      limit,
      before: { length: postLength(caption, network), violations: violationsOf(caption) },
      violations: violationsOf(post.text),
      model,
    }
  },
})
