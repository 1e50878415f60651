import { type EvalDatasetDetail, NewEvalCase, PutEvalDataset, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { z } from 'zod'
import { compact } from '../../base/compact.ts'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { parseOrThrow } from '../../base/parse.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatTable, plainText } from '../print/format.ts'
import { nameOf, readTextFile } from '../read-text-file.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import type { Terminal } from '../terminal.ts'

/** Prints the data sets. */
export async function listDatasets(client: ApiClient, terminal: Terminal): Promise<void> {
  const { datasets } = await client.call(routes.listEvalDatasets)
  if (terminal.isJson) return terminal.print(JSON.stringify(datasets))
  if (datasets.length === 0) return terminal.print('None. Try: npx neonhub evals import examples/pinwright/evals.yaml')
  const rows = datasets.map((one) => [
    one.slug,
    `${one.agent} ${one.intent}`,
    one.brand ?? '',
    `${one.caseCount}`,
    one.evaluators.map(({ name }) => name).join(', '),
  ])
  terminal.print(formatTable([['DATA SET', 'ASKS', 'BRAND', 'CASES', 'EVALUATORS'], ...rows]))
}

/** A data set as a file holds it. */
const DatasetFile = PutEvalDataset.extend({ name: z.string({ error: 'must name the data set' }) }).strict()

const fileHint = 'See examples/pinwright/evals.yaml for one.'

/** Makes or changes a data set by a file. */
export async function importDataset(client: ApiClient, terminal: Terminal, path: string): Promise<void> {
  const { name, ...body } = parseOrThrow(DatasetFile, await readYamlFile(path, { hint: fileHint }), {
    code: 'cli.eval_file_invalid',
    what: nameOf(path),
    hint: fileHint,
  })
  const set = await client.call(routes.putEvalDataset, { params: { slug: name }, body })
  if (terminal.isJson) return terminal.print(JSON.stringify(set))
  terminal.print(`${pc.bold(set.slug)} asks ${set.agent} ${set.intent}: ${set.caseCount} cases, ${toldOf(set)}.`)
  terminal.print(pc.dim(`Measure it:  neonhub eval ${set.slug}`))
}

const toldOf = ({
  added,
  changed,
  unchanged,
}: Readonly<Record<'added' | 'changed' | 'unchanged', readonly string[]>>) =>
  `${added.length} added, ${changed.length} changed, ${unchanged.length} as they were`

/** Prints a data set's evaluators and cases. */
export async function showDataset(client: ApiClient, terminal: Terminal, slug: string): Promise<void> {
  const dataset = await client.call(routes.getEvalDataset, { params: { slug } })
  if (terminal.isJson) return terminal.print(JSON.stringify(dataset))
  const { agent, intent, brand, description, evaluators, cases } = dataset
  terminal.print(`${pc.bold(dataset.slug)}  ${agent} ${intent}${brand === undefined ? '' : ` for ${brand}`}`)
  if (description !== '') terminal.print(plainText(description))
  if (evaluators.length > 0) {
    const rows = evaluators.map((one) => [one.name, one.type, settingsOf(one)])
    terminal.print(`\n${formatTable([['EVALUATOR', 'TYPE', ''], ...rows])}`)
  }
  const rows = cases.map((one) => [
    plainText(one.name),
    `${one.version}`,
    one.tags.join(', '),
    shorten(JSON.stringify(one.input)),
  ])
  terminal.print(
    rows.length === 0 ? '\nNo cases.' : `\n${formatTable([['CASE', 'VERSION', 'TAGS', 'INPUT'], ...rows])}`,
  )
}

function settingsOf(evaluator: EvalDatasetDetail['evaluators'][number]): string {
  const { name: _name, type: _type, ...settings } = evaluator
  return shorten(
    Object.entries(settings)
      .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', '),
  )
}

const shorten = (text: string) => plainText(text.length > 80 ? `${text.slice(0, 79)}…` : text)

export interface AddCases {
  readonly slug: string
  readonly file?: string | undefined
  readonly run?: string
  readonly withOutput?: boolean
  readonly name?: string
}

/** Adds the cases of a file, or a run. Throws `cli.cases_missing`, and `cli.eval_file_invalid` with the place of a fault. */
export async function addCases(client: ApiClient, terminal: Terminal, options: AddCases): Promise<void> {
  const { slug, file, run, withOutput = false, name } = options
  if ((file === undefined) === (run === undefined)) {
    throw new NeonHubError('cli.cases_missing', 'Give either a file with cases or --run', {
      kind: 'invalid',
      hint: 'neonhub evals cases add DATASET cases.jsonl, or neonhub evals cases add DATASET --run ID',
    })
  }
  const params = { slug }
  const added =
    file === undefined
      ? await client.call(routes.addEvalCaseOfRun, {
          params,
          body: { runId: parseId(run ?? ''), withOutput, ...compact({ name }) },
        })
      : await client.call(routes.addEvalCases, { params, body: { cases: await readCases(file) } })
  terminal.print(terminal.isJson ? JSON.stringify(added) : `${toldOf(added)}.`)
}

async function readCases(path: string): Promise<z.output<typeof NewEvalCase>[]> {
  const value = path.endsWith('.jsonl') ? await readJsonLines(path) : await readYamlFile(path, { hint: casesHint })
  // A file of a whole data set has them too.
  const listed = z.object({ cases: z.unknown() }).safeParse(value)
  return parseOrThrow(z.array(NewEvalCase).min(1), listed.success ? listed.data.cases : value, {
    code: 'cli.eval_file_invalid',
    what: nameOf(path),
    hint: casesHint,
  })
}

const casesHint =
  'Give a list of {name, input}, with expected and tags where there are any; a .jsonl file has one a line.'

async function readJsonLines(path: string): Promise<unknown[]> {
  const lines = (await readTextFile(path, { hint: casesHint })).split('\n')
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, `${path}, line ${index + 1},`)]))
}

function parseLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new NeonHubError('cli.file_unreadable', `${place} is no JSON: ${messageOf(error)}`, {
      kind: 'invalid',
      hint: casesHint,
      cause: error,
    })
  }
}

/** Takes a case out. */
export async function removeCase(
  client: ApiClient,
  terminal: Terminal,
  params: { readonly slug: string; readonly name: string },
): Promise<void> {
  const removed = await client.call(routes.removeEvalCase, { params })
  terminal.print(terminal.isJson ? JSON.stringify(removed) : `${plainText(removed.name)} is no longer asked.`)
}

/** Forgets a data set. */
export async function forgetDataset(client: ApiClient, terminal: Terminal, slug: string): Promise<void> {
  const dataset = await client.call(routes.deleteEvalDataset, { params: { slug } })
  terminal.print(
    terminal.isJson ? JSON.stringify(dataset) : `${dataset.slug} is forgotten, with ${dataset.caseCount} cases.`,
  )
}
