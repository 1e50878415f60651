import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { findPersonDetail } from '../../../../../people/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toPersonDetail } from '../../../../to-person.ts'

const shownAtOnce = 100

export const getPerson = implement(routes.getPerson)(async ({ params, inTenant }) => {
  const person = await inTenant((tx) => findPersonDetail(tx, { personId: asId(params.id), limit: shownAtOnce }))
  return { status: 200, body: toPersonDetail(orNotFound(person, 'person')) }
})
