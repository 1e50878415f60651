import type { PersonId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { findPerson } from './sql/list-people.ts'
import { recordPersonEvents } from './sql/record-event.ts'
import { addPersonTopics, removeOtherTopics } from './sql/topics.ts'

/** Makes these the topics that a person is interested in; false where there is no such person. */
export async function setTopics(
  tx: TenantTx,
  {
    personId,
    slugs,
    actor,
  }: { readonly personId: PersonId; readonly slugs: readonly string[]; readonly actor: string },
): Promise<boolean> {
  const person = await findPerson(tx, personId)
  if (!person) return false
  const isLess = await removeOtherTopics(tx, { personId, slugs })
  const added = slugs.filter((slug) => !person.topics.includes(slug))
  await addPersonTopics(
    tx,
    added.map((slug) => ({ personId, slug })),
  )
  if (isLess || added.length > 0) {
    await recordPersonEvents(tx, [{ personId, type: 'topics_changed', data: { topics: slugs }, actor }])
  }
  return true
}
