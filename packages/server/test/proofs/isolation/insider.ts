import pg from 'pg'
import { isId } from '../../../src/base/ids.ts'
import { NeonHubError } from '../../../src/base/errors.ts'

/** What the database answered to one statement. */
export interface Answer {
  /** Rows that were returned, touched or copied; none where it refused. */
  readonly rows: number
  readonly values: readonly unknown[]
  /** SQLSTATE of a refusal. */
  readonly code: string | undefined
  /** Everything that whoever asked can see of it, without the ids that the statement itself named. */
  readonly text: string
}

export type Ask = (statement: string, options?: AskOptions) => Promise<Answer>

interface AskOptions {
  readonly parameters?: readonly unknown[]
  /** What the statement names: it stands in answers as "ID". */
  readonly named?: readonly string[]
  /** Looks around in what the statement left, before it is undone. */
  readonly afterwards?: () => Promise<void>
}

export type InsideRole = 'neonhub_app' | 'neonhub_readonly' | 'none'

/** A statement that the database does not understand probes nothing. */
const faulty = /^(42601|42703|42P01|42P02|42P10|42702|42804|42883|25P02|3B001|0A000)$/

/**
 * Begins a transaction in an organization as `withTenant` does, and hands over a function that asks one statement and
 * undoes it. `none` takes no role, and stays what the connection signed in as.
 */
export async function inside(
  client: pg.Client,
  {
    role,
    organizationId,
    mayRefuse = [],
  }: {
    readonly role: InsideRole
    readonly organizationId: string
    /** Codes of `faulty` that are an answer here. */
    readonly mayRefuse?: readonly string[]
  },
  work: (ask: Ask) => Promise<void>,
): Promise<void> {
  const taking = role === 'none' ? '' : `set local role ${role};`
  await client.query(`begin; ${taking} select set_config('neonhub.organization_id', '${organizationId}', true)`)
  try {
    await work(async (statement, { parameters, named = [], afterwards } = {}) => {
      await client.query('savepoint probe')
      const answer = await answerTo(client, { statement, parameters, named })
      if (answer.code !== undefined && faulty.test(answer.code) && !mayRefuse.includes(answer.code)) {
        throw new NeonHubError('proof.faulty_probe', `A probe is faulty: ${answer.text} in: ${statement}`, {
          kind: 'internal',
        })
      }
      if (answer.code === undefined) await afterwards?.()
      await client.query('rollback to savepoint probe')
      return answer
    })
  } finally {
    await client.query('rollback')
  }
}

async function answerTo(
  client: pg.Client,
  {
    statement,
    parameters,
    named,
  }: {
    readonly statement: string
    readonly parameters: readonly unknown[] | undefined
    readonly named: readonly string[]
  },
): Promise<Answer> {
  const hide = (text: string) => named.filter(isId).reduce((hidden, id) => hidden.replaceAll(id, 'ID'), text)
  try {
    const result = await client.query(statement, parameters && [...parameters])
    const values = result.rows.flatMap((row: Readonly<Record<string, unknown>>) => Object.values(row))
    const rows = result.rowCount ?? 0
    return { rows, values, code: undefined, text: hide(`${rows} rows ${JSON.stringify(result.rows)}`) }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    // What node-postgres answers for the rows of a COPY that the server has let in.
    if (error.message.includes('No source stream')) return { rows: 1, values: [], code: undefined, text: 'let in' }
    const { code, message, detail, hint, constraint, table, where } = error
    const seen = hide(JSON.stringify({ code, message, detail, hint, constraint, table, where }))
    return { rows: 0, values: [], code, text: seen }
  }
}
