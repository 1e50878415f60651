import type { BrandId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { PromptVoice } from '../../llm/spec.ts'
import { addVoiceVersion, findVoiceLayers } from './voice-layers.ts'

/**
 * Adds a version of the brand's voice where what people wrote of it differs from the newest one. What is learned and in
 * use stays behind it: importing the brand's files again must not undo what somebody activated. The caller holds the
 * brand's row, so that no two versions take one number.
 */
export async function insertVoice(tx: TenantTx, brandId: BrandId, written: PromptVoice): Promise<void> {
  const newest = await findVoiceLayers(tx, brandId)
  await addVoiceVersion(tx, brandId, { written, learned: newest?.learned })
}
