import { type Kysely, sql } from 'kysely'
import type { OrganizationId, RunId } from '../base/ids.ts'
import { isOutage } from './is-outage.ts'
import { toJsonText } from './jsonb.ts'
import type { DB } from './schema.ts'

/**
 * Functions of the database that take many items of one organization at once and enter it themselves: (organization,
 * JSON array of items, each with its place `n` and of another run) to a JSON object from `n` to the item's result.
 */
export type GroupFunction =
  | 'start_runs'
  | 'claim_runs'
  | 'record_steps'
  | 'end_tool_executions'
  | 'finish_runs'
  | 'run_statuses'

/**
 * The JSON text of an item. `raw` are properties whose values are JSON texts already; each stands in an array of one, in
 * which the database tells null from nothing.
 */
export function groupItem(
  properties: Readonly<Record<string, unknown>>,
  raw: Readonly<Record<string, string | undefined>> = {},
): string {
  const parts = Object.entries(raw).flatMap(([name, text]) => (text === undefined ? [] : [`,"${name}":[${text}]`]))
  return `${toJsonText(properties).slice(0, -1)}${parts.join('')}}`
}

/** What a group holds at most: beyond, the first of it would wait too long for the last. */
const mostItems = 64
/** Groups of one kind under way at once: one is gathered here while another is written there. */
const mostFlights = 2
/** After this a group no longer counts as under way: what holds it up, a row that somebody locked, is not for all to wait for. */
const patienceMs = 250

interface Waiting {
  readonly runId: RunId
  /** The JSON text of an object. */
  readonly item: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Lane {
  waiting: Waiting[]
  flights: number
  isScheduled: boolean
}

/**
 * Group commit. What a process asks of such a function at one moment, for one organization, goes out as one statement: one
 * round trip, one plan, one commit, whatever runs it comes from. Nothing waits for company: the first goes at the end of
 * the event loop's turn, and what comes meanwhile goes together once there is room.
 */
export class CallGroups {
  readonly #kysely: Kysely<DB>
  readonly #lanes = new Map<string, Lane>()

  constructor(kysely: Kysely<DB>) {
    this.#kysely = kysely
  }

  /**
   * Has one item done; `item` is the JSON text of an object. Resolves to its result once that is durable, to undefined
   * where the function has none for it. Throws what the database says of this item alone: where a group is refused, each
   * of it is asked by itself.
   */
  call<Result>(
    name: GroupFunction,
    {
      organizationId,
      runId,
      item,
    }: { readonly organizationId: OrganizationId; readonly runId: RunId; readonly item: string },
  ): Promise<Result | undefined> {
    const laneKey = `${name} ${organizationId}`
    const lane = this.#lanes.get(laneKey) ?? { waiting: [], flights: 0, isScheduled: false }
    this.#lanes.set(laneKey, lane)
    return new Promise<unknown>((resolve, reject) => {
      lane.waiting.push({ runId, item, resolve, reject })
      if (lane.isScheduled || lane.flights >= mostFlights) return
      lane.isScheduled = true
      setImmediate(() => {
        lane.isScheduled = false
        this.#fly(lane, name, { organizationId, laneKey })
      })
    }) as Promise<Result | undefined>
  }

  #fly(
    lane: Lane,
    name: GroupFunction,
    of: { readonly organizationId: OrganizationId; readonly laneKey: string },
  ): void {
    while (lane.waiting.length > 0 && lane.flights < mostFlights) {
      const group = takeGroup(lane)
      lane.flights += 1
      let isCounted = true
      const land = () => {
        if (!isCounted) return
        isCounted = false
        lane.flights -= 1
        this.#fly(lane, name, of)
        if (lane.flights === 0 && lane.waiting.length === 0) this.#lanes.delete(of.laneKey)
      }
      const timer = setTimeout(land, patienceMs)
      void this.#ask(name, of.organizationId, group).finally(() => {
        clearTimeout(timer)
        land()
      })
    }
  }

  async #ask(name: GroupFunction, organizationId: OrganizationId, group: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#send(name, organizationId, group)
      group.forEach(({ resolve }, index) => resolve(results[index]))
    } catch (error) {
      // Whether it stands is unknown where the connection broke, and that is for each caller to look at.
      if (group.length === 1 || (isOutage(error) && !isDeadlock(error))) {
        for (const { reject } of group) reject(error)
        return
      }
      await Promise.all(group.map((one) => this.#ask(name, organizationId, [one])))
    }
  }

  async #send(
    name: GroupFunction,
    organizationId: OrganizationId,
    group: readonly Waiting[],
  ): Promise<readonly unknown[]> {
    return callGroup(this.#kysely, name, { organizationId, items: group.map(({ item }) => item) })
  }
}

/** Has items done in one statement, by `executor`'s transaction where it is one. The results stand as their items do. */
export async function callGroup(
  executor: Kysely<DB>,
  name: GroupFunction,
  { organizationId, items }: { readonly organizationId: OrganizationId; readonly items: readonly string[] },
): Promise<readonly unknown[]> {
  const numbered = items.map((item, n) => `{"n":${n},${item.slice(1)}`)
  const [only = ''] = numbered
  // Most are of one step: its function is asked itself, and not through the one that looks how many there are.
  const isOnly = name === 'record_steps' && items.length === 1
  const { rows } = await sql<{ results: Readonly<Record<string, unknown>> }>`
    select ${sql.ref(isOnly ? 'record_only_step' : name)}(${organizationId}, ${isOnly ? only : `[${numbered.join()}]`}) as results
  `.execute(executor)
  return items.map((_item, n) => rows[0]?.results[n])
}

/** The next of those who wait, at most one of a run: its entries follow each other anyway. */
function takeGroup(lane: Lane): readonly Waiting[] {
  const runs = new Set<RunId>()
  const group: Waiting[] = []
  const rest: Waiting[] = []
  for (const one of lane.waiting) {
    const isTaken = group.length < mostItems && !runs.has(one.runId)
    if (isTaken) runs.add(one.runId)
    ;(isTaken ? group : rest).push(one)
  }
  lane.waiting = rest
  return group
}

/** The transaction was certainly taken back (PostgreSQL, appendix A: class 40). */
const isDeadlock = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('40')
