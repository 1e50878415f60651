import { type Approval, type Run, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { z } from 'zod'
import type { ApiClient } from '../client.ts'
import { NeonHubError } from '../../base/errors.ts'
import { followRun } from '../follow-run.ts'
import { parseId } from '../parse-id.ts'
import { costOf, formatDuration, formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'
import { showRun } from './run.ts'

export async function listRuns(
  client: ApiClient,
  terminal: Terminal,
  { status, limit }: { readonly status: string | undefined; readonly limit: number },
): Promise<void> {
  const page = await client.call(routes.listRuns, { query: { status, limit } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.runs.length === 0) return terminal.print('No runs yet. Try: npx neonhub run CampaignAgent launch-campaign …')
  const rows = page.runs.map((run) => [
    run.id,
    run.createdAt.slice(0, 16).replace('T', ' '),
    `${run.agent} ${run.intent}`,
    run.brand ?? '',
    formatStatus(run.status),
    run.durationMs === undefined ? '' : formatDuration(run.durationMs),
    costOf(run).join(''),
    pc.dim(originOf(run)),
  ])
  terminal.print(formatTable([['RUN', 'STARTED (UTC)', 'AGENT', 'BRAND', 'STATUS', 'TIME', 'COST', ''], ...rows]))
}

const originOf = ({ dryRun, forkedFromRunId }: Run) =>
  [...(dryRun ? ['dry run'] : []), ...(forkedFromRunId === undefined ? [] : [`fork of ${forkedFromRunId}`])].join(', ')

export async function showRunById(
  client: ApiClient,
  terminal: Terminal,
  { id, out }: { readonly id: string; readonly out: string | undefined },
): Promise<boolean> {
  const params = { id: parseId(id) }
  const run = await client.call(routes.getRun, { params })
  const { scores } = await client.call(routes.listRunScores, { params })
  await showRun(client, terminal, { run, out, scores })
  return true
}

/** Puts a person's mark on a run, or on one of its steps. */
export async function scoreRun(
  client: ApiClient,
  terminal: Terminal,
  {
    id,
    step,
    ...mark
  }: {
    readonly id: string
    readonly name: string
    readonly value: number
    readonly comment: string
    readonly step?: string
  },
): Promise<void> {
  const body = { ...mark, ...(step === undefined ? {} : { stepKey: step }) }
  const score = await client.call(routes.createRunScore, { params: { id: parseId(id) }, body })
  terminal.print(terminal.isJson ? JSON.stringify(score) : plainText(`Run ${id} has ${score.value} for ${score.name}.`))
}

/** Puts a run back on the queue and follows it until it rests. */
export async function resumeRun(client: ApiClient, terminal: Terminal, id: string): Promise<boolean> {
  await client.call(routes.resumeRun, { params: { id: parseId(id) } })
  const run = await followRun(client, id, terminal.note)
  return showRun(client, terminal, { run, out: undefined })
}

export async function cancelRun(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  await client.call(routes.cancelRun, { params: { id: parseId(id) } })
  const run = await followRun(client, id, terminal.note)
  terminal.print(terminal.isJson ? JSON.stringify(run) : `Run ${id} is ${formatStatus(run.status)}`)
}

/** Tells a run of an event that it waits for. */
export async function signalRun(
  client: ApiClient,
  terminal: Terminal,
  { id, name, data, key }: { id: string; name: string; data: string | undefined; key: string | undefined },
): Promise<void> {
  const { isNew } = await client.call(routes.signalRun, {
    params: { id: parseId(id) },
    body: { name, ...(data === undefined ? {} : { data: parseData(data) }) },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  })
  terminal.print(
    terminal.isJson
      ? JSON.stringify({ isNew })
      : isNew
        ? `Run ${id} is told of ${plainText(name)}`
        : `Run ${id} had been told of this before`,
  )
}

function parseData(text: string) {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    throw new NeonHubError('cli.data_not_json', '--data is no JSON object', {
      kind: 'invalid',
      hint: `Quote it as JSON, as in --data '{"answer":"yes"}'.`,
    })
  }
}

export async function listApprovals(
  client: ApiClient,
  terminal: Terminal,
  { status }: { readonly status: string },
): Promise<void> {
  const { approvals } = await client.call(routes.listApprovals, { query: { status, limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify({ approvals }))
  if (approvals.length === 0) return terminal.print(`Nothing is ${status}.`)
  for (const approval of approvals) terminal.print(`${formatApproval(approval)}\n`)
  terminal.print(pc.dim('npx neonhub approve ID, or npx neonhub deny ID; the id of a run decides all of its own.'))
}

function formatApproval({ id, runId, tool, status, preview, expiresAt, argumentsHash, fourEyes }: Approval): string {
  const body = plainText(preview.body).split('\n')
  const shown = body.slice(0, 8).map((line) => `    ${line}`)
  const rest = body.length > shown.length ? [pc.dim(`    … ${body.length - shown.length} more lines`)] : []
  return [
    `${pc.bold(id)}  ${formatStatus(status)}  ${pc.cyan(tool)}  ${plainText(preview.title)}`,
    `  to       ${preview.recipients.map(plainText).join(', ')}`,
    pc.dim(`  run      ${runId}`),
    ...(fourEyes ? ['  decided  by another person than who asked for the run'] : []),
    pc.dim(`  expires  ${expiresAt}   bytes ${argumentsHash.slice(0, 12)}`),
    ...shown,
    ...rest,
  ].join('\n')
}

type Chosen = Pick<Approval, 'id'> & Partial<Pick<Approval, 'argumentsHash' | 'runId'>>

/**
 * Says yes or no to approvals. The id of a run stands for every pending approval of it. Then follows the runs that go
 * on until they rest.
 */
export async function decide(
  client: ApiClient,
  terminal: Terminal,
  {
    ids,
    approve,
    note,
  }: { readonly ids: readonly string[]; readonly approve: boolean; readonly note: string | undefined },
): Promise<boolean> {
  const { approvals: pending } = await client.call(routes.listApprovals, { query: { status: 'pending', limit: 100 } })
  const chosen = ids.map(parseId).flatMap((id): readonly Chosen[] => {
    const matching = pending.filter((approval) => approval.id === id || approval.runId === id)
    // The server says what is wrong with an id that is not pending.
    return matching.length > 0 ? matching : [{ id }]
  })
  let isGood = true
  for (const { id, argumentsHash } of chosen) {
    const noteBody = note === undefined ? {} : { note }
    try {
      if (approve) {
        const hash = argumentsHash === undefined ? {} : { argumentsHash }
        await client.call(routes.approve, { params: { id }, body: { ...hash, ...noteBody } })
      } else {
        await client.call(routes.deny, { params: { id }, body: noteBody })
      }
      terminal.note(`${formatStatus(approve ? 'approved' : 'denied')} ${id}`)
    } catch (error) {
      // It was pending a moment ago: the first yes woke its run, which asks anew for what would go out otherwise by now.
      const isAskedAnew =
        argumentsHash !== undefined && error instanceof NeonHubError && error.code === 'http.not_found'
      if (!isAskedAnew) throw error
      terminal.note(`${id} would send something else by now, and is asked about anew: npx neonhub approvals`)
      isGood = false
    }
  }
  const runIds = new Set(chosen.flatMap(({ runId }) => (runId === undefined ? [] : [runId])))
  for (const runId of runIds) {
    const run = await followRun(client, runId, terminal.note)
    isGood = (await showRun(client, terminal, { run, out: undefined })) && isGood
  }
  return isGood
}

/** A person's word on a call whose outcome is unknown. */
export async function settle(
  client: ApiClient,
  terminal: Terminal,
  {
    id,
    outcome,
    note,
  }: { readonly id: string; readonly outcome: 'succeeded' | 'failed'; readonly note: string | undefined },
): Promise<void> {
  const body = { outcome, ...(note === undefined ? {} : { note }) }
  const execution = await client.call(routes.settleToolExecution, { params: { id: parseId(id) }, body })
  terminal.print(terminal.isJson ? JSON.stringify(execution) : `${execution.tool} is ${formatStatus(execution.status)}`)
}
