import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { Evaluators } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import {
  addOrganization,
  createServerDatabase,
  databaseKinds,
  dropServerDatabase,
  isMissing,
} from '../../test/database.ts'
import { createLogger } from '../base/log.ts'
import { migrate, openDatabase, withTenant } from '../db/index.ts'
import { defineAgent, intent } from '../runtime/index.ts'
import { getEval, setDataset, startEval } from './index.ts'

let workshop: string
beforeAll(async () => void (workshop = await mkdtemp(join(tmpdir(), 'neonhub-evals-'))))
afterAll(() => rm(workshop, { recursive: true }))

/** As `test/eval-worker-child.ts` has it. */
const writer = defineAgent({
  name: 'Writer',
  description: 'Writes',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1 },
  intents: {
    write: intent({
      description: 'Writes',
      input: z.object({ topic: z.string() }),
      output: z.object({ text: z.string() }),
      run: async () => ({ text: '' }),
    }),
  },
})
const agents = new Map([[writer.name, writer]])

test.for(databaseKinds.filter((kind) => !isMissing(kind)))(
  'killed with -9 again and again, an eval asks each case once (%s)',
  { timeout: 120_000 },
  async (kind) => {
    const dataDir = kind === 'embedded' ? join(workshop, 'data') : undefined
    const databaseUrl = kind === 'server' ? await createServerDatabase() : undefined
    const open = async () => {
      const opened = await openDatabase({ databaseUrl, dataDir, logger: createLogger({ level: 'silent' }) })
      await migrate(opened)
      return opened
    }
    let database = await open()
    const organizationId = await addOrganization(database, 'Killed')
    const started = await withTenant(database, organizationId, async (tx) => {
      await setDataset(tx, agents, {
        slug: 'killed',
        agent: 'Writer',
        intent: 'write',
        brand: undefined,
        description: undefined,
        evaluators: Evaluators.parse([{ name: 'about', type: 'contains', texts: ['About'], minPassRate: 1 }]),
        cases: Array.from({ length: 9 }, (_, index) => ({
          name: `case ${index}`,
          input: { topic: `topic ${index}` },
          tags: [],
        })),
        by: 'cli',
      })
      const request = { dataset: 'killed', repeat: 1, note: '', model: undefined, prompts: [], requestedBy: 'cli' }
      return startEval(tx, agents, request)
    })
    await database.close()

    for (const asked of [2, 5]) {
      const worker = startWorker(databaseUrl ?? '', dataDir ?? '')
      await worker.saw('asked', asked)
      await worker.end('SIGKILL')
    }
    const last = startWorker(databaseUrl ?? '', dataDir ?? '')
    await last.saw('done', 1)
    await last.end('SIGTERM')

    database = await open()
    const { detail, runs } = await withTenant(database, organizationId, async (tx) => ({
      detail: await getEval(tx, { id: started?.id ?? '' }),
      runs: await tx.selectFrom('agent_runs').select('id').execute(),
    }))
    expect(detail?.summary).toMatchObject({ status: 'finished', outcome: 'passed', counts: { done: 9 } })
    expect(runs.map(({ id }) => id).toSorted()).toEqual(detail?.items.map(({ runId }) => runId).toSorted())
    expect(detail?.items.every(({ results }) => results.length === 1)).toBe(true)
    await database.close()
    if (databaseUrl !== undefined) await dropServerDatabase(databaseUrl)
  },
)

/** Starts `test/eval-worker-child.ts` and keeps what it prints. */
function startWorker(databaseUrl: string, dataDir: string) {
  const path = fileURLToPath(new URL('../../test/eval-worker-child.ts', import.meta.url))
  const child = spawn(execPath, [path, databaseUrl, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  return {
    saw: async (line: string, times: number) => {
      const seen = () => lines.filter((each) => each === line).length
      await expect.poll(seen, { timeout: 60_000 }).toBeGreaterThanOrEqual(times)
    },
    end: async (signal: 'SIGKILL' | 'SIGTERM') => {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill(signal)
      await closed
    },
  }
}
