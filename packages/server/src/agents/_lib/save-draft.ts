import type { BrandIntentContext } from '../../runtime/index.ts'
import { type NewContent, saveContent } from '../../marketing/index.ts'
import type { BrandContext } from './load-brand.ts'

/** Keeps what a run wrote as drafts of its own; does nothing where it writes for another run (`save` is false). */
export async function saveDrafts(
  context: BrandIntentContext<{ readonly save: boolean }>,
  { id }: BrandContext,
  pieces: readonly Omit<NewContent, 'runId' | 'brandId'>[],
): Promise<void> {
  if (!context.input.save) return
  await context.transaction('save the drafts', async (tx) => {
    const ids: string[] = []
    for (const piece of pieces) ids.push(await saveContent(tx, { ...piece, runId: context.runId, brandId: id }))
    return ids
  })
}
