import { routes } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { compact } from '../../../../../../base/compact.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

const waitMs = 30_000

export const forkRun = implement(routes.forkRun)(async (call) => {
  const { parts, params, body, headers, caller, takeRate, inTenant, audit } = call
  const { runtime, findRun } = parts.services
  const sourceId: RunId = asId(params.id)
  const source = orNotFound(await inTenant((tx) => findRun(tx, sourceId)), 'run')
  const organizationId = call.organization().id
  await takeRate('runs', `${organizationId} ${caller.name} ${source.agent}`)
  const { from, model, prompts, input, dryRun = true, stubReads = false, wait } = body
  const asked = {
    requestedBy: caller.name,
    ...compact({ from, model, prompts, input, idempotencyKey: headers['idempotency-key'] }),
    ...(dryRun ? { dryRun: { stubReads } } : {}),
  }
  const { agent, intent } = source
  const detail = { agent, intent, forkOf: sourceId, from: from ?? null, dryRun }
  const { runId } = await runtime.forkRun(organizationId, sourceId, asked, (tx, id) =>
    audit(tx, { subject: `run:${id}`, detail }),
  )
  const settled = wait && (await runtime.waitForRun(organizationId, runId, { timeoutMs: waitMs, signal: call.signal }))
  const run = orNotFound(await inTenant((tx) => findRun(tx, runId)), 'run')
  return { status: settled ? 200 : 202, body: run }
})
