import { argv, exit, stdout } from 'node:process'
import { openDbos } from './dbos.ts'
import { openLangGraph } from './langgraph.ts'
import { openMastra } from './mastra.ts'
import { openOpenWorkflow } from './openworkflow.ts'

/** One peer, measured in a process of its own: `main.ts NAME {"url":…,"runs":…}` prints its figures as a line of JSON. */
const peers = { DBOS: openDbos, OpenWorkflow: openOpenWorkflow, Mastra: openMastra, LangGraph: openLangGraph } as const

const [name = '', text = '{}'] = argv.slice(2)
const { url, runs, stepsPerRun, concurrency, poolSize, warmUpRuns, longSteps } = JSON.parse(text)
const peer = await peers[name as keyof typeof peers]({ url, concurrency, poolSize })

const timed = async (work: { readonly runs: number; readonly steps: number }) => {
  const startedAt = performance.now()
  await peer.takeSteps(work)
  return performance.now() - startedAt
}

await timed({ runs: warmUpRuns, steps: stepsPerRun })
const manyMs = await timed({ runs, steps: stepsPerRun })
const longMs = await timed({ runs: 1, steps: longSteps })
stdout.write(`${JSON.stringify({ name, stepsPerSecond: (runs * stepsPerRun * 1_000) / manyMs, longMs })}\n`)
// What a peer still has open is its own concern.
exit(0)
