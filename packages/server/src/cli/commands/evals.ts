import { type Eval, type EvalDetail, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import type { ApiClient } from '../client.ts'
import { readCandidates } from '../eval-candidates.ts'
import { parseId } from '../parse-id.ts'
import { formatEval, formatScore } from '../print/eval.ts'
import { formatCost, formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

const pollMs = 400

export interface RunEval {
  readonly dataset: string
  readonly repeat?: number
  readonly note?: string
  readonly model?: string
  /** `KEY=VERSION`, or `KEY=FILE` with a text that is not a version yet. */
  readonly prompt?: readonly string[]
  readonly against?: string
  readonly minScore?: number
  readonly failOnWorse?: boolean
}

/**
 * Starts an eval, waits for it, and prints what came of it beside the time before. False where a threshold is missed, an
 * answer could not be measured, or it waits for a budget.
 */
export async function runEval(client: ApiClient, terminal: Terminal, options: RunEval): Promise<boolean> {
  const { dataset, repeat = 1, note = '' } = options
  const against = options.against === undefined ? undefined : parseId(options.against)
  const prompts = await readCandidates(client, terminal, { dataset, named: options.prompt ?? [] })
  const body = { dataset, repeat, note, prompts, ...compact({ model: options.model }) }
  const started = await client.call(routes.startEval, { body })
  terminal.note(`Eval ${pc.bold(started.id)}: ${started.itemCount} answers of ${started.agent} ${started.intent}`)
  const isOver = await waitForEval(client, terminal, started)
  const detail = await client.call(routes.getEval, { params: { id: started.id }, query: compact({ against }) })
  const misses = missesOf(detail, options)
  if (terminal.isJson) terminal.print(JSON.stringify({ ...detail, misses }))
  else {
    terminal.print(formatEval(detail))
    for (const miss of misses) terminal.print(pc.red(`✗ ${miss}`))
    if (!isOver) terminal.note(`It goes on by itself. See neonhub evals show ${started.id}`)
  }
  return isOver && misses.length === 0
}

/** False where it stopped to wait for a budget. */
async function waitForEval(client: ApiClient, terminal: Terminal, started: Eval): Promise<boolean> {
  let told = ''
  for (;;) {
    const { evals } = await client.call(routes.listEvals, { query: { dataset: started.dataset, limit: 100 } })
    const now = evals.find(({ id }) => id === started.id)
    if (!now || now.status !== 'running') return true
    if (now.waitingFor) {
      terminal.note(pc.yellow(`It waits: ${now.waitingFor.message}`))
      return false
    }
    const { done, failed } = now.counts
    const line = `${done + failed} of ${now.itemCount} answers measured${failed > 0 ? `, ${failed} failed` : ''}`
    if (line !== told) terminal.note(pc.dim(line))
    told = line
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** Why an eval does not pass, each as a sentence. */
function missesOf(detail: EvalDetail, { minScore, failOnWorse = false }: RunEval): readonly string[] {
  const { status, scores, counts, meanScore, comparison } = detail
  const worse = failOnWorse ? (comparison?.evaluators ?? []).filter(({ verdict }) => verdict === 'worse') : []
  const isBelow = minScore !== undefined && (meanScore === undefined || meanScore < minScore - 1e-9)
  return [
    ...(status === 'cancelled' ? ['Somebody has called the eval off'] : []),
    ...(counts.failed > 0 ? [`${counts.failed} of ${detail.itemCount} runs failed`] : []),
    ...scores.flatMap(({ name, errors }) => (errors > 0 ? [`${name} could not score ${errors} answers`] : [])),
    ...scores.flatMap((score) => (score.isMet === false ? [thresholdOf(score)] : [])),
    ...(isBelow ? [`The mean score is ${formatScore(meanScore)}, and ${formatScore(minScore)} is asked`] : []),
    ...worse.map(({ name }) => `${name} is worse than before`),
  ]
}

function thresholdOf({ name, meanScore, minScore, passRate, minPassRate }: Eval['scores'][number]): string {
  const parts = [
    ...(minScore === undefined
      ? []
      : [`a mean of ${formatScore(minScore)} is asked, it has ${formatScore(meanScore)}`]),
    ...(minPassRate === undefined
      ? []
      : [`a pass rate of ${formatScore(minPassRate)} is asked, it has ${formatScore(passRate)}`]),
  ]
  return `${name} misses its threshold: ${parts.join('; ')}`
}

/** Prints an eval with every answer. */
export async function showEval(
  client: ApiClient,
  terminal: Terminal,
  { id, against }: { readonly id: string; readonly against: string | undefined },
): Promise<void> {
  const query = against === undefined ? {} : { against: parseId(against) }
  const detail = await client.call(routes.getEval, { params: { id: parseId(id) }, query })
  terminal.print(terminal.isJson ? JSON.stringify(detail) : formatEval(detail))
}

/** Prints what was measured, newest first. */
export async function listEvals(
  client: ApiClient,
  terminal: Terminal,
  { dataset, limit }: { readonly dataset?: string; readonly limit: number },
): Promise<void> {
  const page = await client.call(routes.listEvals, { query: { ...compact({ dataset }), limit } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.evals.length === 0) return terminal.print('None. Try: npx neonhub eval DATASET')
  const rows = page.evals.map((one) => [
    one.id,
    one.dataset,
    formatStatus(one.outcome ?? (one.waitingFor ? 'waiting' : one.status)),
    formatScore(one.meanScore),
    formatScore(one.passRate),
    promptsOf(one),
    one.isSandbox ? 'sandbox' : (one.model ?? one.models.join(', ')),
    formatCost(one.costMicros + one.judgeCostMicros),
    one.createdAt.slice(0, 16).replace('T', ' '),
    one.requestedBy.replace(/^(user|api_key):(.{8}).*/, '$1 $2…'),
    plainText(one.note),
  ])
  const head = ['EVAL', 'DATA SET', 'OUTCOME', 'SCORE', 'PASS', 'PROMPTS', 'MODEL', 'COST', 'BEGUN (UTC)', 'BY', 'NOTE']
  terminal.print(formatTable([head, ...rows]))
  if (page.nextBefore !== undefined) terminal.note(`These are the newest ${limit}.`)
}

/** The versions of the prompts that are not the code's, with a star where they were tried in the place of those in force. */
function promptsOf({ prompts }: Eval): string {
  const own = prompts.filter(({ version, isCandidate }) => version > 0 || isCandidate)
  return own.length === 0
    ? 'the code’s'
    : own.map(({ key, version, isCandidate }) => `${key} ${version}${isCandidate ? '*' : ''}`).join(', ')
}

/** Calls an eval off. */
export async function cancelEval(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const found = await client.call(routes.cancelEval, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(found) : `The eval is ${formatStatus(found.status)}.`)
}
