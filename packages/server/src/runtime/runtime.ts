import { newId, type OrganizationId, type RunId, type WorkerId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { type Database, groupItem, withTenant } from '../db/index.ts'
import type { RuntimeContext } from './attempt.ts'
import { forkRun } from './fork/fork-run.ts'
import { runJob } from './run-job.ts'
import type { RunStatus, Runtime, RuntimeParts } from './spec.ts'
import { resumeRun, runNotFound } from './resume-run.ts'
import { cancelRun } from './sql/cancel-run.ts'
import { decideApproval, settleUnknown } from './sql/decide-approval.ts'
import { tellRun } from './sql/waits.ts'
import { requeueRun } from './sql/requeue-run.ts'
import { startRun } from './start-run.ts'
import { wakeRun } from './wake-run.ts'

const defaultLeaseMs = 10_000
const defaultAttemptMs = 60 * 60 * 1000
const defaultApprovalTtlMs = 7 * 24 * 60 * 60 * 1000

/** How often a waiting caller looks at the run's row. */
const pollMs = 150

const restingStatuses: readonly RunStatus[] = ['succeeded', 'failed', 'cancelled', 'waiting', 'needs_attention']

/** Makes the runtime of a process. It works nothing by itself: hand `runJob` to the queue's `agent.run`. */
export function createRuntime(parts: RuntimeParts): Runtime {
  const workerId: WorkerId = newId()
  const runtime: RuntimeContext = {
    ...parts,
    mockConnectors: parts.mockConnectors,
    oauthApps: parts.oauthApps ?? {},
    leaseMs: parts.leaseMs ?? defaultLeaseMs,
    attemptMs: parts.attemptMs ?? defaultAttemptMs,
    approvalTtlMs: parts.approvalTtlMs ?? defaultApprovalTtlMs,
    workerId,
  }
  const { database, queue } = runtime

  const dispatch = async (organizationId: OrganizationId, jobId: Parameters<typeof queue.dispatch>[1] | undefined) => {
    if (jobId) await queue.dispatch(organizationId, jobId, 'agent.run')
  }

  return {
    startRun: (organizationId, request, alongside) => startRun(runtime, organizationId, { request, alongside }),

    forkRun: (organizationId, source, request, alongside) =>
      forkRun(runtime, organizationId, { source, request, alongside }),

    resumeRun: async (organizationId, runId, alongside) => {
      const jobId = await withTenant(database, organizationId, async (tx) => {
        const resumed = await resumeRun(tx, runId)
        await alongside?.(tx)
        return resumed
      })
      await dispatch(organizationId, jobId)
    },

    cancelRun: async (organizationId, runId, alongside) => {
      await withTenant(database, organizationId, async (tx) => {
        if (!(await cancelRun(tx, runId))) {
          throw new NeonHubError('runtime.not_cancellable', `There is no run ${runId} that could be cancelled`, {
            kind: 'not_found',
          })
        }
        await alongside?.(tx)
      })
    },

    signalRun: async (organizationId, runId, signal, alongside) => {
      const { jobId, isNew } = await withTenant(database, organizationId, async (tx) => {
        const told = await tellRun(tx, runId, { idempotencyKey: undefined, ...signal })
        if (!told) throw runNotFound(runId)
        if (told.isNew) await alongside?.(tx)
        const from = ['waiting'] as const
        return {
          jobId: told.isAwaited ? await requeueRun(tx, { runId: told.rootRunId, from }) : undefined,
          isNew: told.isNew,
        }
      })
      await dispatch(organizationId, jobId)
      return isNew
    },

    waitForRun: async (organizationId, runId, { timeoutMs, signal }) => {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        const status = await findStatus(database, organizationId, runId)
        if (status === undefined) throw runNotFound(runId)
        if (restingStatuses.includes(status)) return status
        if (performance.now() >= deadline) return undefined
        await runtime.clock.sleep(pollMs, signal)
      }
    },

    decideApproval: async (organizationId, approvalId, decision, alongside) => {
      const { jobId, result } = await withTenant(database, organizationId, async (tx) => {
        const { approve, by, note, argumentsHash } = decision
        const call = await decideApproval(tx, { approvalId, approve, by, note, argumentsHash })
        if (!call) throw approvalOver(approvalId)
        const requeued = await requeueRun(tx, { runId: call.rootRunId, from: ['waiting'] })
        return { jobId: requeued, result: await alongside?.(tx) }
      })
      await dispatch(organizationId, jobId)
      return result
    },

    settleToolExecution: async (organizationId, executionId, settlement, alongside) => {
      const jobId = await withTenant(database, organizationId, async (tx) => {
        const { outcome, by, note } = settlement
        const call = await settleUnknown(tx, { executionId, outcome, by, note })
        if (!call) {
          throw new NeonHubError(
            'runtime.not_unknown',
            `There is no execution ${executionId} with an unknown outcome`,
            {
              kind: 'not_found',
            },
          )
        }
        const requeued = await requeueRun(tx, { runId: call.rootRunId, from: ['waiting'] })
        await alongside?.(tx)
        return requeued
      })
      await dispatch(organizationId, jobId)
    },

    wakeRun: async (organizationId, runId) => {
      const jobId = await withTenant(database, organizationId, (tx) => wakeRun(tx, runId))
      await dispatch(organizationId, jobId)
    },

    runJob: (organizationId, runId, signal) => runJob(runtime, { organizationId, runId }, signal),
  }
}

const findStatus = (database: Database, organizationId: OrganizationId, runId: RunId) =>
  database.groups.call<RunStatus>('run_statuses', { organizationId, runId, item: groupItem({ run_id: runId }) })

const approvalOver = (approvalId: string) =>
  new NeonHubError('runtime.approval_over', `There is nothing to decide at approval ${approvalId}`, {
    kind: 'conflict',
    hint: 'It was decided before, has expired, shows other bytes, or is not there.',
  })
