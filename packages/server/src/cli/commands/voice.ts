import { type ModelVersion, routes, type TrainingJob } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

const pollMs = 300

export interface TuneOptions {
  readonly brand: string
  /** Ids, or what was imported: a folder or an address; absent, all datasets of the brand. */
  readonly dataset?: readonly string[]
  readonly approvedContent: boolean
  readonly seed: number
}

/** Has a brand's voice learned, waits for it, and shows how it compares. False where it failed. */
export async function tuneVoice(client: ApiClient, terminal: Terminal, options: TuneOptions): Promise<boolean> {
  const { brand, dataset, approvedContent, seed } = options
  const datasetIds = dataset && (await findDatasets(client, { brand, named: dataset }))
  let job = await client.call(routes.createTrainingJob, {
    body: { brand, approvedContent, seed, ...compact({ datasetIds }) },
  })
  terminal.note(`Training job ${pc.bold(job.id)}`)
  let told = ''
  while (job.status === 'queued' || job.status === 'running') {
    const line = `${job.stage}, ${job.progress} %`
    if (line !== told) terminal.note(pc.dim(line))
    told = line
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    job = await client.call(routes.getTrainingJob, { params: { id: job.id } })
  }
  if (terminal.isJson) terminal.print(JSON.stringify(job))
  else await printEnd(client, terminal, job)
  return job.status === 'succeeded'
}

/** The ids of datasets that a person names by id or source. Throws `cli.dataset_unknown`. */
async function findDatasets(
  client: ApiClient,
  { brand, named }: { readonly brand: string; readonly named: readonly string[] },
): Promise<string[]> {
  const { datasets } = await client.call(routes.getBrand, { params: { slug: brand } })
  return named.map((name) => {
    const found = datasets.find(({ id, source }) => id === name || source === name)
    if (found) return found.id
    throw new NeonHubError('cli.dataset_unknown', `${brand} has imported nothing from ${name}`, {
      kind: 'not_found',
      hint: `It has ${datasets.map(({ source }) => source).join(', ') || 'no dataset'}.`,
    })
  })
}

async function printEnd(client: ApiClient, terminal: Terminal, job: TrainingJob): Promise<void> {
  const { status, error, modelVersionId } = job
  if (modelVersionId === undefined) {
    const why = error === undefined ? '' : `: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`
    return terminal.print(`${formatStatus(status)}${why}`)
  }
  await showVersion(client, terminal, modelVersionId)
}

/** Prints which voices were asked to be learned, newest first. */
export async function listJobs(client: ApiClient, terminal: Terminal, brand: string | undefined): Promise<void> {
  const page = await client.call(routes.listTrainingJobs, { query: { ...compact({ brand }), limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.trainingJobs.length === 0) return terminal.print('None. Try: npx neonhub voice tune SLUG')
  const rows = page.trainingJobs.map((job) => [
    job.id,
    job.brand,
    formatStatus(job.status),
    `${job.progress} %`,
    minuteOf(job.createdAt),
    plainText(job.error?.message ?? ''),
  ])
  terminal.print(formatTable([['JOB', 'BRAND', 'STATUS', 'DONE', 'ASKED (UTC)', ''], ...rows]))
  if (page.nextBefore !== undefined) terminal.note('These are the newest 100.')
}

/** Calls a job off. */
export async function cancelJob(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const job = await client.call(routes.cancelTrainingJob, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(job) : `The job is ${formatStatus(job.status)}.`)
}

/** Prints the versions of a brand's tuned voice, newest first, with how each compared when it was made. */
export async function listVersions(client: ApiClient, terminal: Terminal, brand: string): Promise<void> {
  const page = await client.call(routes.listModelVersions, { query: { brand, limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.modelVersions.length === 0) return terminal.print(`None. Try: npx neonhub voice tune ${brand}`)
  const rows = page.modelVersions.map((version) => {
    const { present, candidate } = version.measures?.evaluation ?? {}
    return [
      version.id,
      `${version.number}`,
      formatStatus(version.state),
      candidate === undefined ? 'as written' : areaOf(candidate),
      present === undefined ? '' : areaOf(present),
      minuteOf(version.createdAt),
    ]
  })
  terminal.print(formatTable([['VERSION', 'NO.', 'STATE', 'AUC', 'BEFORE IT', 'MADE (UTC)'], ...rows]))
  terminal.note(
    'AUC: how well it tells the brand from other texts; 0.5 is chance. Use one: npx neonhub voice activate ID',
  )
}

/** Prints what a version learned, and how it compares. */
export async function showVersion(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  print(terminal, await client.call(routes.getModelVersion, { params: { id: parseId(id) } }))
}

/** Has agents speak by a version from now on. */
export async function activateVersion(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const version = await client.call(routes.activateModelVersion, { params: { id: parseId(id) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(version))
  const { brand, number, voiceVersion } = version
  const named = voiceVersion === undefined ? '' : `, as version ${voiceVersion} of the voice`
  terminal.print(`Agents speak for ${pc.bold(brand)} by version ${number} from now on${named}.`)
}

function print(terminal: Terminal, version: ModelVersion): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(version))
  const { id, brand, number, state, measures, rules, examples } = version
  terminal.print(`${pc.bold(id)}  ${brand}, version ${number}, ${formatStatus(state)}`)
  if (measures === undefined) return terminal.print('The voice as people wrote it.')
  const { heldOut, contrast, against, present, candidate } = measures.evaluation
  const others = against === 'other_brands' ? 'of other brands' : 'with their words shuffled'
  terminal.print(`Told ${heldOut} held-out passages from ${contrast} ${others}, AUC (0.5 is chance):`)
  const row = (name: string, one: typeof candidate) => [name, areaOf(one), `${one.styleAuc}`, `${one.meaningAuc}`]
  const presentName = { none: 'no voice', as_written: 'present, as written', tuned: 'present, tuned' }[present.origin]
  terminal.print(
    formatTable([['', 'TOGETHER', 'STYLE', 'MEANING'], row(presentName, present), row('this one', candidate)]),
  )
  for (const rule of rules) terminal.print(`- ${plainText(rule)}`)
  for (const example of examples) terminal.print(pc.dim(`“${plainText(example)}”`))
  if (state !== 'active') terminal.print(`Use it: npx neonhub voice activate ${id}`)
}

const areaOf = ({ auc, standardError }: { readonly auc: number; readonly standardError: number }) =>
  `${auc.toFixed(2)} ± ${standardError.toFixed(2)}`

const minuteOf = (moment: string) => moment.slice(0, 16).replace('T', ' ')
