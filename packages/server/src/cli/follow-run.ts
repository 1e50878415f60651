import { type RunDetail, routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from './client.ts'
import { formatDuration, formatStatus } from './print/format.ts'
import { flattenRuns } from './print/trace-tree.ts'

const pollMs = 300
const resting = new Set(['succeeded', 'failed', 'cancelled', 'waiting', 'needs_attention'])

/**
 * Waits until a run rests and returns it with its trace. `onProgress` is told each thing that has come to its end
 * anywhere in the tree, once.
 */
export async function followRun(
  client: ApiClient,
  runId: string,
  onProgress: (line: string) => void,
): Promise<RunDetail> {
  const told = new Set<string>()
  for (;;) {
    const run = await client.call(routes.getRun, { params: { id: runId } })
    for (const { key, line } of listEndings(run)) {
      if (told.has(key)) continue
      told.add(key)
      onProgress(line)
    }
    if (resting.has(run.status)) return run
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** What is over in a run's tree: steps, and tool executions with each status they come to. */
function listEndings(root: RunDetail): readonly { readonly key: string; readonly line: string }[] {
  return flattenRuns(root).flatMap((run) => {
    const name = run.id === root.id ? '' : pc.dim(`${run.agent} `)
    const steps = run.steps.map((step) => {
      const durationMs = Date.parse(step.finishedAt) - Date.parse(step.startedAt)
      const mark = step.status === 'succeeded' ? pc.green('✓') : pc.red('✗')
      return {
        key: `${run.id}/${step.key}/${step.attempt}`,
        line: `${mark} ${name}${step.key} ${pc.dim(formatDuration(durationMs))}`,
      }
    })
    const tools = run.toolExecutions.map((tool) => ({
      key: `${run.id}/${tool.id}/${tool.status}`,
      line: `${pc.cyan('→')} ${name}${tool.tool} ${pc.dim(tool.stepKey)} ${formatStatus(tool.status)}`,
    }))
    return [...steps, ...tools]
  })
}
