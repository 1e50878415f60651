import { z } from 'zod'
import type { OrganizationId } from '../../../src/base/ids.ts'
import { type Database, sql, withTenant } from '../../../src/db/index.ts'

/** What must be nowhere, each with where it was found. */
export interface Findings {
  readonly repeated: readonly string[]
  /** Effects of runs that say they succeeded, and that nobody saw. */
  readonly missing: readonly string[]
  /** Calls of an open outcome whose class leaves none: only a `lookup` may, whose earlier sender may still be sending. */
  readonly unknownUnlisted: readonly string[]
  readonly stepsRunAgain: readonly string[]
  readonly secondRows: readonly string[]
  /** Acknowledged and not there, or not at rest in the end. */
  readonly lost: readonly string[]
}

export interface Judgement {
  readonly findings: Findings
  /** Calls whose outcome a person settles. */
  readonly unknown: number
  /** Calls whose run was told that they failed, as one whose time ran out: nothing silent. */
  readonly failed: number
}

/** What a proof over such runs answers with. */
export type RunCounts = Omit<Judgement, 'findings'> & Readonly<Record<keyof Findings, number>>

const Told = z.object({ kind: z.string(), mark: z.string(), key: z.string().optional(), word: z.string().optional() })

/** Compares what the API acknowledged, what the journal says and what the providers saw. */
export async function judgeRuns(
  database: Database,
  organizationId: OrganizationId,
  {
    acknowledged,
    effects,
  }: { readonly acknowledged: ReadonlyMap<string, string>; readonly effects: readonly unknown[] },
): Promise<Judgement> {
  const told = effects.map((effect) => Told.parse(effect))
  const found = await readRuns(database, organizationId)
  const deliveries = Map.groupBy(
    told.filter(({ kind }) => kind !== 'step'),
    ({ mark }) => mark,
  )
  const lastWords = new Map(told.map(({ mark, key, word }) => [`${mark} ${key}`, word]))
  const sent = (mark: string) => deliveries.get(mark)?.length ?? 0
  const known = new Set(found.map(({ id }) => id))
  const marks = new Set(found.map(({ mark }) => mark))
  const rested = (run: FoundRun) =>
    run.call === 'unknown' || (run.status === 'succeeded' && (run.call === 'succeeded' || run.call === 'failed'))
  const findings = {
    repeated: found.filter(({ mark }) => sent(mark) > 1).map(({ mark }) => mark),
    missing: found.filter((run) => run.call === 'succeeded' && sent(run.mark) === 0).map(({ mark }) => mark),
    unknownUnlisted: found.filter((run) => run.call === 'unknown' && run.effect !== 'lookup').map(({ mark }) => mark),
    stepsRunAgain: found.flatMap(({ mark, words }) =>
      Object.entries(words).flatMap(([key, word]) =>
        lastWords.get(`${mark} ${key}`) === word ? [] : [`${mark} ${key}`],
      ),
    ),
    secondRows: Array.from({ length: found.length - marks.size }, () => 'a second run of one key'),
    lost: [
      ...[...acknowledged].flatMap(([mark, id]) => (known.has(id) ? [] : [mark])),
      ...found
        .filter((run) => !rested(run))
        .map((run) => `${run.mark} is ${run.status}, its call ${run.call}: ${run.error ?? ''}`),
    ],
  }
  return {
    findings,
    unknown: found.filter(({ call }) => call === 'unknown').length,
    failed: found.filter(({ call }) => call === 'failed').length,
  }
}

/** Tells the first of each, and counts them. */
export function countFindings(
  findings: Findings,
  say: (line: string) => void,
): Readonly<Record<keyof Findings, number>> {
  for (const [name, list] of Object.entries(findings)) {
    for (const finding of list.slice(0, 5)) say(`found: ${name}: ${finding}`)
  }
  const { repeated, missing, unknownUnlisted, stepsRunAgain, secondRows, lost } = findings
  return {
    repeated: repeated.length,
    missing: missing.length,
    unknownUnlisted: unknownUnlisted.length,
    stepsRunAgain: stepsRunAgain.length,
    secondRows: secondRows.length,
    lost: lost.length,
  }
}

/** How many runs are not at rest. */
export async function countOpen(database: Database, organizationId: OrganizationId): Promise<number> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<{ open: number }>`
      select count(*)::int as open from agent_runs where status in ('queued', 'running')
    `.execute(tx),
  )
  return rows[0]?.open ?? 0
}

interface FoundRun {
  readonly id: string
  readonly mark: string
  readonly effect: string
  readonly status: string
  readonly error: string | null
  readonly call: string | null
  /** What the journal keeps of each finished step. */
  readonly words: Readonly<Record<string, string>>
}

async function readRuns(database: Database, organizationId: OrganizationId): Promise<readonly FoundRun[]> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<FoundRun>`
      select r.id, r.input->>'mark' as mark, r.input->>'effect' as effect, r.status, r.error::text as error,
        t.status as call,
        coalesce((
          select jsonb_object_agg(s.key, s.output->>'word') from run_steps s
          where s.organization_id = r.organization_id and s.run_id = r.id and s.output ? 'word'
        ), '{}') as words
      from agent_runs r
      left join tool_executions t on t.organization_id = r.organization_id and t.run_id = r.id
    `.execute(tx),
  )
  return rows
}
