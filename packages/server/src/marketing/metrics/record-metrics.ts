import { type ErrorIssue, NeonHubError } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { sha256 } from '../../base/json.ts'
import type { TenantTx } from '../../db/index.ts'
import type { MetricOutcome, NewMetric } from './spec.ts'
import { insertMetrics, listStanding, placeMetrics, type PlacedMetric } from './sql/record-metrics.ts'

/**
 * Takes in facts, all of them or none, and says of each whether it was new. A key that was taken in before adds nothing;
 * where it said something else then, that is told and what stood first stands.
 * Throws `marketing.metrics_invalid` with the place of each fact whose brand, campaign or content is not there or not the
 * brand's, and of those that lie ahead.
 */
export async function recordMetrics(
  tx: TenantTx,
  { events, recordedBy }: { readonly events: readonly NewMetric[]; readonly recordedBy: string },
): Promise<readonly MetricOutcome[]> {
  const hashes = events.map(({ key }) => sha256(key))
  const places = await placeMetrics(tx, events)
  const issues = places.flatMap((place, index) => faultsOf(place, `events[${index}]`))
  if (issues.length > 0) throw invalid(issues)
  const rows = events.map((event, index) => ({ ...event, ...places[index], id: newId(), keyHash: hashes[index] }))
  const added = new Set(await insertMetrics(tx, { rows, recordedBy }))
  const standing = await listStanding(tx, { rows })
  return hashes.map((hash, index) => {
    // The same key twice in one request: the first is the new one.
    if (added.delete(hash)) return 'recorded'
    return standing.has(index) ? 'known' : 'differs'
  })
}

function faultsOf(place: PlacedMetric, path: string): readonly ErrorIssue[] {
  const fault = (member: string, message: string) => ({ path: `${path}.${member}`, message })
  if (place.brandId === null) return [fault('brand', 'There is no brand of this name')]
  return [
    ...(place.hasCampaign ? [] : [fault('campaignId', 'The brand has no such campaign')]),
    ...(place.hasContent ? [] : [fault('contentId', 'The brand has no such piece, or it is another campaign’s')]),
    ...(place.isAhead ? [fault('occurredAt', 'It lies more than a day ahead')] : []),
  ]
}

function invalid(issues: readonly ErrorIssue[]): NeonHubError {
  const [first] = issues
  return new NeonHubError(
    'marketing.metrics_invalid',
    `${issues.length} of what the facts say does not hold, so none was taken in: ${first?.path}: ${first?.message}`,
    { kind: 'invalid', issues, hint: 'neonhub brand list shows the brands. Put these right and send all of it again.' },
  )
}
