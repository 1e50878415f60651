import { NeonHubError } from '../base/errors.ts'

/** What was found. Throws `http.not_found`, in the same words for what is foreign and for what is not there. */
export function orNotFound<Found>(found: Found | undefined, what: string): Found {
  if (found !== undefined) return found
  throw new NeonHubError('http.not_found', `There is no such ${what}`, { kind: 'not_found' })
}

/** Splits what was read with one row more than asked into the page and where the next one begins. */
export function toPage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
): { readonly items: Row[]; readonly nextBefore: string | undefined } {
  const items = rows.slice(0, limit)
  return { items, nextBefore: rows.length > limit ? items.at(-1)?.id : undefined }
}
