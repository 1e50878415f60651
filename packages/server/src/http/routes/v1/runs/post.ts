import { routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../base/errors.ts'
import type { Caller } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'

const waitMs = 30_000

export const startRun = implement(routes.startRun)(async (call) => {
  const { parts, body, headers, caller, takeRate, inTenant, audit } = call
  const { runtime, findRun } = parts.services
  const { wait, approveAll, tryDrafts, priority, dryRun, stubReads = false, ...request } = body
  if (approveAll) assertMayApprove(caller)
  const organizationId = call.organization().id
  await takeRate('runs', `${organizationId} ${caller.name} ${request.agent}`)
  const asked = {
    agent: request.agent,
    intent: request.intent,
    input: request.input,
    requestedBy: caller.name,
    approveAll: approveAll ?? false,
    ...(tryDrafts ? { tryDrafts } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(dryRun ? { dryRun: { stubReads } } : {}),
    ...(request.brand === undefined ? {} : { brand: request.brand }),
    ...(headers['idempotency-key'] === undefined ? {} : { idempotencyKey: headers['idempotency-key'] }),
  }
  const detail = {
    agent: request.agent,
    intent: request.intent,
    approveAll: approveAll ?? false,
    ...(dryRun && { dryRun }),
  }
  const { runId } = await runtime.startRun(organizationId, asked, (tx, id) =>
    audit(tx, { subject: `run:${id}`, detail }),
  )
  const settled = wait && (await runtime.waitForRun(organizationId, runId, { timeoutMs: waitMs, signal: call.signal }))
  const run = orNotFound(await inTenant((tx) => findRun(tx, runId)), 'run')
  return { status: settled ? 200 : 202, body: run }
})

/** Whoever says yes beforehand must be one who may say yes. */
function assertMayApprove({ permissions }: Caller): void {
  if (permissions.has('approvals:decide')) return
  throw new NeonHubError('identity.permission_missing', 'approveAll needs the permission approvals:decide', {
    kind: 'forbidden',
    hint: 'Start the run without approveAll, and let someone who may approve decide.',
  })
}
