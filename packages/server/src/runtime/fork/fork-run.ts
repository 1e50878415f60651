import { NeonHubError } from '../../base/errors.ts'
import type { JobId, OrganizationId, RunId } from '../../base/ids.ts'
import { hashJson } from '../../base/json.ts'
import { callGroup, type TenantTx, withTenant } from '../../db/index.ts'
import type { RuntimeContext } from '../attempt.ts'
import { parseAsked } from '../find-intent.ts'
import { assertModel } from '../models/assert-model.ts'
import { runNotFound } from '../resume-run.ts'
import { schemasOf } from '../settings/schemas-of.ts'
import type { AlongsideStart, ForkRun, StartedRun } from '../spec.ts'
import { getEarlierRun, isEarlier, isWritten, refuse, type StartResult, toItem } from '../start-run.ts'
import { checkPrompts } from './check-prompts.ts'
import { entriesBefore } from './entries-before.ts'
import { copyJournal } from './sql/copy-journal.ts'
import { findKeyInRoot, findSource, type SourceRun } from './sql/find-source.ts'
import { listEntries } from './sql/list-entries.ts'

/**
 * Makes a run of another one: checks what is asked, and writes the run with its job and with a copy of what came before the
 * step from which it goes on, in one transaction. Nothing of the other run is changed; it may still be under way.
 */
export async function forkRun(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  {
    source: sourceId,
    request,
    alongside,
  }: { readonly source: RunId; readonly request: ForkRun; readonly alongside: AlongsideStart | undefined },
): Promise<StartedRun> {
  const forked = await withTenant(runtime.database, organizationId, async (tx) => {
    const source = await findSource(tx, sourceId)
    if (!source) throw runNotFound(sourceId)
    await checkFork(tx, { source, sourceId, request })
    const written = await writeFork(tx, runtime, { source, sourceId, request })
    if (written.isNew) await alongside?.(tx, written.runId)
    return written
  })
  if (forked.jobId) await runtime.queue.dispatch(organizationId, forked.jobId, 'agent.run')
  return { runId: forked.runId, isNew: forked.isNew }
}

/** Refuses what could not go well, before anything is written. */
async function checkFork(
  tx: TenantTx,
  { source, sourceId, request }: { readonly source: SourceRun; readonly sourceId: RunId; readonly request: ForkRun },
): Promise<void> {
  if (source.parentRunId !== undefined) throw forkOfChild(sourceId, source, await findKeyInRoot(tx, sourceId))
  const { dryRun, from, input } = request
  if (from !== undefined && input !== undefined) throw inputFixed()
  if (dryRun) return
  if (source.isDryRun && from !== undefined) throw forkOfDryRun()
  if (source.hasUnknown) throw unsettled(sourceId)
}

async function writeFork(
  tx: TenantTx,
  runtime: RuntimeContext,
  { source, sourceId, request }: { readonly source: SourceRun; readonly sourceId: RunId; readonly request: ForkRun },
): Promise<StartedRun & { readonly jobId: JobId | undefined }> {
  const { from, model, prompts = [], dryRun, idempotencyKey, requestedBy } = request
  const { agent, intent, brand, tainted, triesDrafts } = source
  const asked = { agent, intent, input: request.input ?? source.input, hasBrand: brand !== undefined }
  const parsed = parseAsked(runtime.agents, asked)
  if (from !== undefined && source.schemaHash !== schemasOf(parsed.intent).hash) throw intentChanged(source)
  if (model !== undefined) await assertModel(tx, runtime.llm, model)
  await checkPrompts(tx, runtime.agents, prompts)
  const entries = from === undefined ? [] : entriesBefore(await listEntries(tx, sourceId), from)
  const overrides = {
    ...(model === undefined ? {} : { model }),
    ...(prompts.length === 0 ? {} : { prompts }),
  }
  const requestHash = hashJson({ forkOf: sourceId, from, input: request.input, dryRun, ...overrides })
  const { runId, jobId, item } = toItem(
    {
      agent,
      intent,
      input: parsed.input,
      requestedBy,
      // What had reached the other run is in what was copied of it, and may have been in its input.
      tainted,
      tryDrafts: triesDrafts,
      ...(brand === undefined ? {} : { brand }),
      ...(dryRun ? { dryRun } : {}),
    },
    parsed,
    {
      key: idempotencyKey,
      request_hash: requestHash,
      forked_from_run_id: sourceId,
      forked_from_step: from,
      ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
    },
  )
  const [result] = await callGroup(tx, 'start_runs', { organizationId: tx.organizationId, items: [item] })
  // By `start_runs` itself.
  const written = result as StartResult | undefined
  if (idempotencyKey !== undefined && isEarlier(written)) {
    return { runId: await getEarlierRun(tx, { key: idempotencyKey, requestHash }), isNew: false, jobId: undefined }
  }
  if (!isWritten(written)) await refuse(tx, written, source)
  await copyJournal(tx, { from: sourceId, into: runId, entries })
  return { runId, isNew: true, jobId }
}

const forkOfChild = (runId: RunId, { rootRunId }: SourceRun, key: string | undefined) =>
  new NeonHubError('runtime.fork_of_child', `Run ${runId} is a part of run ${rootRunId}, and runs only within it`, {
    kind: 'conflict',
    hint: `Fork the whole: neonhub fork ${rootRunId}${key === undefined ? '' : ` --from ${JSON.stringify(key)}`}`,
  })

const inputFixed = () =>
  new NeonHubError('runtime.fork_input_fixed', 'Another input needs a fork from the start', {
    kind: 'invalid',
    hint: 'What is on record before the step was made for the input of then. Leave the step out, or the input.',
  })

const forkOfDryRun = () =>
  new NeonHubError('runtime.fork_of_dry_run', 'What a dry run has on record was not done', {
    kind: 'conflict',
    hint: 'Make another dry run of it, or leave the step out, so that a real run does all of it.',
  })

const unsettled = (runId: RunId) =>
  new NeonHubError('runtime.fork_unsettled', 'It is not known whether a call of this run had its effect', {
    kind: 'conflict',
    hint: `Look at the provider and settle it first, or make a dry run: neonhub runs show ${runId}`,
  })

const intentChanged = ({ agent, intent }: SourceRun) =>
  new NeonHubError('runtime.intent_changed', `${agent} ${intent} takes or gives something else than it did then`, {
    kind: 'conflict',
    hint: 'What is on record may not fit the code of now. Leave the step out to begin from the start.',
  })
