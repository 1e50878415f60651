import type { PersonId } from '../../base/ids.ts'
import { sql, type TenantTx, toJsonText } from '../../db/index.ts'

/** A row outside of the room that names one of the addresses. */
export interface Trace {
  readonly table: string
  readonly entry: unknown
}

const termsOf = (terms: readonly string[]) =>
  sql`array(select term from jsonb_array_elements_text(${toJsonText(terms)}::text::jsonb) as terms (term))`

const idsOf = (personIds: readonly PersonId[]) =>
  sql`array(select id::uuid from jsonb_array_elements_text(${toJsonText(personIds)}::text::jsonb) as ids (id))`

/** Every row of the organization that names one of these addresses, but for these people's own. */
export async function listTraces(
  tx: TenantTx,
  { personIds, terms }: { readonly personIds: readonly PersonId[]; readonly terms: readonly string[] },
): Promise<readonly Trace[]> {
  const { rows } = await sql<{ table_name: string; entry: unknown }>`
    select table_name, entry from find_traces(${termsOf(terms)}, ${idsOf(personIds)})
  `.execute(tx)
  return rows.map(({ table_name: table, entry }) => ({ table, entry }))
}

/** What is remembered about these people, where it names none of the addresses: what does is found by them. */
export async function listMemoriesAbout(
  tx: TenantTx,
  { personIds, named }: { readonly personIds: readonly PersonId[]; readonly named: readonly string[] },
): Promise<readonly Trace[]> {
  if (personIds.length === 0) return []
  const { rows } = await sql<{ entry: unknown }>`
    select to_jsonb(m) - 'organization_id' - 'embedding' as entry from agent_memories m
    where m.organization_id = ${tx.organizationId}
      and m.person_id = any (${idsOf(personIds)})
      and m.text !~* term_pattern(${termsOf(named)}, false)
    order by m.id
  `.execute(tx)
  return rows.map(({ entry }) => ({ table: 'agent_memories', entry }))
}

/** Forgets what is remembered about these people. Returns how many memories that were. */
export async function deleteMemoriesAbout(tx: TenantTx, personIds: readonly PersonId[]): Promise<number> {
  if (personIds.length === 0) return 0
  const { rows } = await sql`
    delete from agent_memories
    where organization_id = ${tx.organizationId}
      and person_id = any (${idsOf(personIds)})
    returning 1
  `.execute(tx)
  return rows.length
}

/**
 * The addresses and how else they are spelled in what was sent or asked for: `Ann@example.com` for `ann@example.com`. An
 * unsubscribe link is made from the spelling, and can be found only with it.
 */
export async function listSpellings(tx: TenantTx, addresses: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ spelling: string }>`
    with pattern as (select term_pattern(${termsOf(addresses)}, true) as text)
    select distinct found.match[1] as spelling from pattern, lateral (
      select regexp_matches(t.arguments::text, '(' || pattern.text || ')', 'gi') as match from tool_executions t
      where t.organization_id = ${tx.organizationId} and t.arguments::text ~* pattern.text
      union
      select regexp_matches(r.input::text, '(' || pattern.text || ')', 'gi') from agent_runs r
      where r.organization_id = ${tx.organizationId} and r.input::text ~* pattern.text
    ) found
  `.execute(tx)
  return [...new Set([...addresses, ...rows.map(({ spelling }) => spelling)])]
}

/** Root runs that are not over and that name one of these addresses, in their input, a step or a call of theirs. */
export async function listUnfinishedRuns(tx: TenantTx, addresses: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    with pattern as (select term_pattern(${termsOf(addresses)}, true) as text)
    select distinct root.id from pattern, agent_runs root
    join agent_runs r on r.organization_id = root.organization_id and r.root_run_id = root.id
    left join tool_executions t on t.organization_id = r.organization_id and t.run_id = r.id
    where root.organization_id = ${tx.organizationId} and root.id = root.root_run_id
      and root.status in ('queued', 'running', 'waiting')
      and (
        r.input::text ~* pattern.text or t.arguments::text ~* pattern.text
        or exists (
          select from run_steps s
          where s.organization_id = r.organization_id and s.run_id = r.id and s.output::text ~* pattern.text
        )
      )
    order by root.id
  `.execute(tx)
  return rows.map(({ id }) => id)
}
