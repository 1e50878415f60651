import { z } from 'zod'

const sourceIds = z
  .array(z.string())
  .min(1)
  .max(4)
  .describe('Ids of the passages that it rests on, from <sources> alone')

/** What the model plans before it writes; `count` sections. */
export function outlineSchema(count: number) {
  return z.object({
    title: z.string().min(15).max(60).describe('Says what the reader gets, with the first keyword in it'),
    metaDescription: z
      .string()
      .min(50)
      .max(160)
      .describe('One or two sentences for a search result, with the first keyword in them'),
    openingSources: sourceIds,
    sections: z
      .array(
        z.object({
          heading: z.string().min(3).max(70).describe('A heading that names what the section answers'),
          point: z.string().max(300).describe('What the reader knows after it'),
          sources: sourceIds,
        }),
      )
      .min(Math.min(2, count))
      .max(count),
  })
}
export type Outline = z.output<ReturnType<typeof outlineSchema>>

/** A part of the article to be written: the opening has no heading. */
export interface ArticlePart {
  readonly key: string
  readonly heading: string | undefined
  readonly point: string
  readonly sourceIds: readonly string[]
}

/**
 * The parts of an outline with the passages of each. A passage serves the first section that names it, so that sections
 * which are written side by side do not say the same; the opening and a section without any left take what nobody named.
 */
export function planParts(outline: Outline, knownIds: readonly string[]): readonly ArticlePart[] {
  const taken = new Set<string>()
  const take = (ids: readonly string[], most: number) => {
    const own = [...new Set(ids)].filter((id) => knownIds.includes(id) && !taken.has(id)).slice(0, most)
    for (const id of own) taken.add(id)
    return own
  }
  const named = outline.sections.map(({ sources }) => take(sources, 4))
  const spareOr = (ids: readonly string[]) => {
    const spare = take([...ids, ...knownIds], 2)
    const known = ids.filter((id) => knownIds.includes(id))
    return spare.length > 0 ? spare : known.length > 0 ? known : knownIds
  }
  const opening = spareOr(outline.openingSources)
  return [
    {
      key: 'write the opening',
      heading: undefined,
      point: 'Open the article: what it is about, and why now.',
      sourceIds: opening,
    },
    ...outline.sections.map(({ heading, point, sources }, index) => {
      const own = named[index] ?? []
      return { key: `write section ${index + 1}`, heading, point, sourceIds: own.length > 0 ? own : spareOr(sources) }
    }),
  ]
}
