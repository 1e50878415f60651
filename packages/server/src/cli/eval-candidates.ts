import { type AgentPrompt, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../base/errors.ts'
import type { ApiClient } from './client.ts'
import { readTextFile } from './read-text-file.ts'
import type { Terminal } from './terminal.ts'

/** A version of a prompt that is tried. */
export interface Candidate {
  readonly key: string
  readonly version: number
}

/**
 * Which versions `KEY=VERSION` and `KEY=FILE` name. A file's text that no version has is written down as a draft, which
 * nobody is asked with but who asks for it. Throws `cli.prompt_invalid`, and what reading a file and writing a draft throw.
 */
export async function readCandidates(
  client: ApiClient,
  terminal: Terminal,
  { dataset: slug, named }: { readonly dataset: string; readonly named: readonly string[] },
): Promise<Candidate[]> {
  if (named.length === 0) return []
  const dataset = await client.call(routes.getEvalDataset, { params: { slug } })
  const { prompts } = await client.call(routes.listPrompts, { query: { agent: dataset.agent } })
  const known = prompts.filter(({ intent }) => intent === dataset.intent)
  const candidates: Candidate[] = []
  for (const text of named) candidates.push(await readOne(client, terminal, { text, known }))
  return candidates
}

async function readOne(
  client: ApiClient,
  terminal: Terminal,
  { text, known }: { readonly text: string; readonly known: readonly AgentPrompt[] },
): Promise<Candidate> {
  const prompt = known.find(({ key }) => text.startsWith(`${key}=`))
  const value = text.slice((prompt?.key.length ?? 0) + 1)
  if (!prompt || value === '') throw invalid(text, known)
  const { agent, intent, key } = prompt
  if (/^\d{1,9}$/.test(value)) return { key, version: Number(value) }
  const task = await readTextFile(value, { hint: 'Give a version of the prompt, or a file with the text of the task.' })
  const version = versionOf(prompt, task)
  if (version !== undefined) return { key, version }
  const note = 'tried with neonhub eval'
  const drafted = await client.call(routes.draftPrompt, { body: { agent, intent, key, task, note } })
  terminal.note(pc.dim(`The text of ${value} is version ${drafted.version} of "${key}", a draft.`))
  return { key, version: drafted.version }
}

/** The version that has this text already; blanks at its ends are of the file. */
function versionOf({ codeTask, versions }: AgentPrompt, task: string): number | undefined {
  if (codeTask.trim() === task.trim()) return 0
  return versions.find((one) => one.task.trim() === task.trim())?.version
}

const invalid = (text: string, known: readonly AgentPrompt[]) =>
  new NeonHubError('cli.prompt_invalid', `"${text}" names no prompt of this data set’s intent`, {
    kind: 'invalid',
    hint: `Name it as KEY=VERSION or KEY=FILE. ${
      known.length === 0 ? 'It asks no model.' : `The keys are ${known.map(({ key }) => `"${key}"`).join(', ')}.`
    }`,
  })
