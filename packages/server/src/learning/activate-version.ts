import { asId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { addVoiceVersion, findVoiceLayers } from '../knowledge/index.ts'
import { resolveNotifications } from '../notifications/index.ts'
import { lockBrand } from './sql/lock-brand.ts'
import { findModelVersion, type ModelVersion, switchActive } from './sql/model-versions.ts'

/**
 * Has agents speak by a version from now on, a new one or an earlier one: the brand's voice gets a version with what people
 * wrote and what this one learned, and what was active is retired. One that is active stays as it is. Undefined where
 * there is no such version.
 */
export async function activateVersion(
  tx: TenantTx,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<{ readonly version: ModelVersion; readonly isChanged: boolean } | undefined> {
  const asked = await findModelVersion(tx, id)
  if (!asked) return undefined
  const brand = await lockBrand(tx, { id: asked.brandId })
  // Whoever had the brand before may have changed what is active.
  const version = await findModelVersion(tx, id)
  if (!brand || !version) return undefined
  if (version.state === 'active') return { version, isChanged: false }
  const brandId = asId<'brand'>(brand.id)
  await switchActive(tx, { id, brandId, by })
  const layers = await findVoiceLayers(tx, brandId)
  const written = layers?.written ?? { name: brand.name, summary: '', rules: [], avoid: [], examples: [] }
  const { rules, examples } = version
  await addVoiceVersion(tx, brandId, { written, learned: { modelVersionId: id, rules, examples } })
  if (version.trainingJobId !== null) await resolveNotifications(tx, ['tuning_finished'], version.trainingJobId)
  const changed = await findModelVersion(tx, id)
  return changed && { version: changed, isChanged: true }
}
