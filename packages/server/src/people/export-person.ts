import type { TenantTx } from '../db/index.ts'
import { findWhole } from './erase-person.ts'
import { findPersonDetail } from './find-person-detail.ts'
import { listMemoriesAbout, listTraces, type Trace } from './sql/find-traces.ts'
import type { ContactChannel, PersonDetail } from './spec.ts'

/** More than any person's history, so that an export has all of it. */
const everything = 1_000_000

export interface PersonExport {
  readonly people: readonly PersonDetail[]
  /** Rows elsewhere that name one of the person's addresses, or that are about them: runs, calls, messages, memories, others' notes. */
  readonly traces: readonly Trace[]
}

/** Everything that the organization keeps about the person behind an address (GDPR, article 15). */
export async function exportPerson(
  tx: TenantTx,
  { channel, address }: { readonly channel: ContactChannel; readonly address: string },
): Promise<PersonExport> {
  const { personIds, addresses } = await findWhole(tx, { channel, address })
  const people: PersonDetail[] = []
  for (const personId of personIds) {
    const detail = await findPersonDetail(tx, { personId, limit: everything })
    if (detail) people.push(detail)
  }
  const terms = [...new Set(addresses.map((one) => one.address))]
  const named = await listTraces(tx, { personIds, terms })
  const about = await listMemoriesAbout(tx, { personIds, named: terms })
  return { people, traces: [...named, ...about] }
}
