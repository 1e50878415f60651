import { routes } from '@neonhub/contract'
import { findTask } from '../../../../../tasks/index.ts'
import { implement } from '../../../../implement.ts'
import { toTask } from '../../../../to-task.ts'

export const getTask = implement(routes.getTask)(async ({ parts, params, organization, inTenant }) => {
  const task = await inTenant((tx) => findTask(tx, params.id))
  return { status: 200, body: await toTask({ database: parts.database, organizationId: organization().id }, task) }
})
