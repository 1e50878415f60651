import type pg from 'pg'
import type { TenantTable } from '../../tenant-catalogue.ts'

/** What the catalogue alone says of tenant tables: the names of those that break a rule. */
export interface CatalogueFindings {
  readonly tablesWithoutForce: readonly string[]
  /** Their expressions call a function once a row, and not once a statement in a sub-select. */
  readonly barePolicies: readonly string[]
}

export async function checkCatalogue(
  owner: pg.Client,
  { tables }: { readonly tables: readonly TenantTable[] },
): Promise<CatalogueFindings> {
  const names = [...tables.map(({ name }) => name), 'organizations']
  const unforced = await owner.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relname = any ($1)
       and not (relrowsecurity and relforcerowsecurity)`,
    [names],
  )
  const bare = await owner.query<{ name: string }>(
    `select tablename || '.' || policyname as name from pg_policies
     where schemaname = 'public' and tablename = any ($1)
       and regexp_replace(concat_ws(' ', qual, with_check), '\\( SELECT [^)]*\\([^)]*\\)[^)]*\\)', '', 'g') ~ '\\w\\('`,
    [names],
  )
  return {
    tablesWithoutForce: unforced.rows.map(({ name }) => name),
    barePolicies: bare.rows.map(({ name }) => name),
  }
}
