import { sql, toJsonText } from '../../db/index.ts'

/**
 * A common table `asked` of ids. Materialized, so that what is joined with it is a plain column: a cast within the join's
 * condition is not leakproof, and under row-level security no index would serve.
 */
export const askedIds = (ids: readonly string[]) => sql`
  asked as materialized (
    select id::uuid as id from jsonb_array_elements_text(${toJsonText(ids)}::text::jsonb) as ids (id)
  )
`
