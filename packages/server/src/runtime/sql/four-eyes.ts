import { sql } from '../../db/index.ts'

/**
 * Whether the yes to a call needs another person than the one who asked for its run: it did when it was asked for, or the
 * policy of its agent says so by now. Stands in a query in which `a` is the approval, `r` its run and `t` its call.
 */
export const needsFourEyes = sql<boolean>`(a.four_eyes or coalesce((
  select p.rules -> 'approvals' -> 'fourEyes' ? t.tool from agent_policies p
  where p.organization_id = a.organization_id and p.agent_id = r.agent_id order by p.version desc limit 1
), false))`
