import { z } from 'zod'
import { type BrandIntentContext, brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { citationsOf, withoutMarks } from '../_lib/cite.ts'
import { findSources, type Sources } from '../_lib/find-sources.ts'
import { type BrandContext, brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { queryOf, recall, type Recalled } from '../_lib/recall.ts'
import { saveDrafts } from '../_lib/save-draft.ts'
import { CallToAction, Network, saveField, type SocialPost, SocialPosts, subjectFields } from '../_lib/schemas.ts'
import { composePost, networkRules } from './networks.ts'

const Input = z.strictObject({
  ...subjectFields,
  networks: z
    .array(Network)
    .min(1, 'must name at least one network')
    .refine((networks) => new Set(networks).size === networks.length, 'must name each network once')
    .describe('One post is written for each'),
  callToAction: CallToAction.optional(),
  article: z
    .strictObject({ title: z.string(), body: z.string() })
    .optional()
    .describe('An article that the posts lead to'),
  save: saveField,
})
type Input = z.output<typeof Input>

const postTask = defineTask({
  key: 'write the {network} post',
  text: 'Write a post for {network}. {form} Leave out links and hashtags from the text: they are added below it.',
  values: { network: 'the network’s name', form: 'what a post there looks like, as sentences' },
})

/** Writes one post for each network, within what the network takes. */
export const generatePost = brandIntent({
  description: 'Write a post for each network, within its length, with hashtags',
  input: Input,
  output: SocialPosts,
  tasks: [postTask],
  async run(context) {
    const { input } = context
    const brand = await loadBrand(context)
    const queries = [input.topic, input.objective ?? '', ...input.keywords]
    const sources = await findSources(context, brand, { queries, limit: 3 + 3 * input.networks.length })
    const recalled = await recall(context, { agent: 'SocialAgent', query: queryOf(input) })
    const posts = await Promise.all(
      input.networks.map((network) => writePost(context, brand, { network, sources, recalled })),
    )
    await saveDrafts(
      context,
      brand,
      posts.map(({ network, text, hashtags, citations, model }) => ({
        key: `post on ${network}`,
        kind: 'social_script' as const,
        title: `${networkRules[network].name} post`,
        body: text,
        metadata: { network, hashtags },
        citations,
        model,
      })),
    )
    return { posts }
  },
})

async function writePost(
  { llm, input }: BrandIntentContext<Input>,
  brand: BrandContext,
  { network, sources, recalled }: { readonly network: Network; readonly sources: Sources; readonly recalled: Recalled },
): Promise<SocialPost> {
  const { topic, objective, audience, keywords, callToAction, article } = input
  const { name, form, usualLength, hashtags, limit } = networkRules[network]
  const turn = input.networks.indexOf(network)
  const own = sources.prompt.filter((_source, index) => index % input.networks.length === turn)
  const { value, model } = await llm.object(`write the ${name} post`, {
    prompt: {
      task: fillTask(postTask, { network: name, form }),
      ...voicePart(brand),
      // Each network has passages of its own where there are enough, so that the posts do not all say the same.
      sources: own.length > 0 ? own : sources.prompt,
      facts: {
        topic,
        objective,
        ...brandFacts(brand, audience),
        keywords,
        ...(article ? { article: { headline: article.title, text: withoutMarks(article.body) } } : {}),
        ...recalled,
      },
    },
    schema: z.object({
      text: z.string().min(20).max(usualLength),
      hashtags: z
        .array(z.string().regex(/^#[\p{L}\p{N}_]{2,40}$/u))
        .min(1)
        .max(hashtags),
      sources: z.array(z.string()).min(1).max(4).describe('Ids of the passages that the post rests on'),
    }),
    schemaName: 'post',
  })
  const post = composePost({ text: withoutMarks(value.text), hashtags: value.hashtags, callToAction }, network)
  return {
    network,
    text: post.text,
    hashtags: [...post.hashtags],
    length: post.length,
    limit,
    citations: [...citationsOf(value.sources, sources)],
    model,
  }
}
