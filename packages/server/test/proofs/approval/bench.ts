import type pg from 'pg'
import { asId, type ApprovalId, type OrganizationId, type RunId, type ToolExecutionId } from '../../../src/base/ids.ts'
import { type Database, withTenant } from '../../../src/db/index.ts'
import type { Runtime } from '../../../src/runtime/index.ts'
import type { Principals } from '../routes/principals.ts'
import type { Office } from './open-office.ts'

/** A call that waits for its yes. */
export interface Asked {
  readonly organizationId: OrganizationId
  readonly runId: RunId
  readonly executionId: ToolExecutionId
  readonly approvalId: ApprovalId
  readonly argumentsHash: string
}

/** What attacks work with. */
export interface Bench {
  readonly office: Office
  /** A privileged hand: the database's owner, whom row-level security does not hold. */
  readonly owner: pg.Pool
  readonly mine: OrganizationId
  /** Those of `mine`, and those of another organization. */
  readonly principals: Principals
  readonly strangers: Principals
  readonly database: Database
}

/** Starts a run that asks for a yes, and brings it to its wait. */
export async function ask(
  { office, database, mine }: Bench,
  {
    mark,
    connection = 'webhook',
    times = 1,
    organizationId = mine,
    runtime = office.runtime,
  }: {
    readonly mark: string
    readonly connection?: string
    readonly times?: number
    readonly organizationId?: OrganizationId
    readonly runtime?: Runtime
  },
): Promise<Asked> {
  const input = { mark, connection, times }
  const { runId } = await runtime.startRun(organizationId, {
    agent: 'Petitioner',
    intent: 'ask',
    input,
    requestedBy: 'cli',
  })
  await office.work(organizationId, runId, { runtime })
  const row = await withTenant(database, organizationId, (tx) =>
    tx.selectFrom('approvals').selectAll().where('run_id', '=', runId).executeTakeFirstOrThrow(),
  )
  return {
    organizationId,
    runId,
    executionId: asId(row.tool_execution_id),
    approvalId: asId(row.id),
    argumentsHash: row.arguments_hash,
  }
}

/** Answers through the API as somebody, and returns the status. */
export async function answer(
  { office }: Bench,
  { approvalId, argumentsHash }: Pick<Asked, 'approvalId' | 'argumentsHash'>,
  {
    as,
    word = 'approve',
  }: { readonly as: { readonly headers: Readonly<Record<string, string>> }; readonly word?: string },
): Promise<number> {
  const { status } = await office.send(`/v1/approvals/${approvalId}/${word}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...as.headers },
    body: JSON.stringify({ argumentsHash }),
  })
  return status
}

/** An honest yes; throws where it is not taken, since nothing would be proved then. */
export async function sayYes(bench: Bench, asked: Asked): Promise<void> {
  const status = await answer(bench, asked, { as: bench.principals.key })
  if (status !== 200) throw new Error(`an honest yes was answered with ${status}`)
}
