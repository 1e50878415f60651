/**
 * A worker of the proofs' own: `worker-child.ts DATABASE_URL MASTER_KEY LEASE_MS RECORDER_URL [STEP_MS]`. Its patience
 * with jobs keeps to its lease as the usual ones do.
 */
import { argv } from 'node:process'
import { z } from 'zod'
import { createLogger } from '../../../src/base/log.ts'
import { openDatabase } from '../../../src/db/index.ts'
import { workRuns } from '../../work-runs.ts'
import { createMaker } from './maker.ts'
import { timingFor } from './timing-for.ts'

const [databaseUrl, masterKey = '', lease, recorderUrl = '', step] = argv.slice(2)
const leaseMs = Number(lease)
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })

// A handler is not told its fence, and what it tells the recorder is known by it.
const Claimed = z.object({ runId: z.string(), fence: z.number() })
const fences = new Map<string, number>()
const { groups } = database
const call = groups.call.bind(groups)
groups.call = async <Result>(...parameters: Parameters<typeof call>): Promise<Result | undefined> => {
  const result = await call<Result>(...parameters)
  const claimed = parameters[0] === 'claim_runs' ? Claimed.safeParse(result).data : undefined
  if (claimed) fences.set(claimed.runId, claimed.fence)
  return result
}

await workRuns(database, {
  agents: [
    createMaker({
      recorderUrl,
      fenceOf: (runId) => fences.get(runId) ?? 0,
      stepMs: step === undefined ? undefined : Number(step),
    }),
  ],
  masterKey,
  leaseMs,
  timing: timingFor(leaseMs),
  concurrency: 6,
})
