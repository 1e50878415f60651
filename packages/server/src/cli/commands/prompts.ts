import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text as readStream } from 'node:stream/consumers'
import { type AgentPrompt, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { formatStatus, formatTable } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** Which prompt. */
export interface PromptName {
  readonly agent: string
  readonly intent: string
  readonly key: string
}

export async function listPrompts(
  client: ApiClient,
  terminal: Terminal,
  { agent }: { readonly agent: string | undefined },
): Promise<void> {
  const { prompts } = await client.call(routes.listPrompts, { query: { agent } })
  if (terminal.isJson) return terminal.print(JSON.stringify(prompts))
  const rows = prompts.map(({ agent: name, intent, key, activeVersion, codeChanged, versions }) => [
    name,
    intent,
    key,
    activeVersion === 0 ? 'the code’s' : `version ${activeVersion}`,
    [
      ...(versions.some(({ status }) => status === 'draft') ? [pc.yellow('drafts')] : []),
      ...(codeChanged ? [pc.yellow('the code’s text has changed since')] : []),
    ].join(', '),
  ])
  terminal.print(formatTable([['AGENT', 'INTENT', 'KEY', 'ASKED', ''], ...rows]))
}

export async function showPrompt(client: ApiClient, terminal: Terminal, name: PromptName): Promise<void> {
  const prompt = await getPrompt(client, name)
  terminal.print(terminal.isJson ? JSON.stringify(prompt) : formatPrompt(prompt))
}

async function getPrompt(client: ApiClient, { agent, intent, key }: PromptName): Promise<AgentPrompt> {
  const { prompts } = await client.call(routes.listPrompts, { query: { agent } })
  const found = prompts.find((prompt) => prompt.intent === intent && prompt.key === key)
  if (found) return found
  throw new NeonHubError('cli.prompt_unknown', `${agent} ${intent} has no prompt "${key}"`, {
    kind: 'not_found',
    hint: `See neonhub prompts list --agent ${agent}`,
  })
}

function formatPrompt({
  agent,
  intent,
  key,
  codeTask,
  values,
  activeVersion,
  codeChanged,
  versions,
}: AgentPrompt): string {
  const indent = (text: string) => text.replaceAll(/^/gm, '    ')
  return [
    `${pc.bold(`${agent} ${intent}`)}  ${key}`,
    ...Object.entries(values).map(([name, meaning]) => `  {${name}}  ${pc.dim(meaning)}`),
    ...(codeChanged ? [pc.yellow('The code’s text has changed since the active version was written.')] : []),
    `Version 0, the code’s${activeVersion === 0 ? `  ${formatStatus('active')}` : ''}`,
    indent(codeTask),
    ...versions.flatMap(({ version, status, task, note, actor, createdAt, calls }) => [
      `Version ${version}  ${formatStatus(status)}  ${pc.dim(`by ${actor}, ${createdAt}, answered ${calls === 1 ? 'once' : `${calls} times`}${note === '' ? '' : `: ${note}`}`)}`,
      indent(task),
    ]),
  ].join('\n')
}

/** Writes the text of a file as a draft. */
export async function setPrompt(
  client: ApiClient,
  terminal: Terminal,
  { file, note, ...name }: PromptName & { readonly file: string; readonly note?: string },
): Promise<void> {
  const task = await readText(file)
  const body = { ...name, task, ...(note === undefined ? {} : { note }) }
  const drafted = await client.call(routes.draftPrompt, { body })
  if (terminal.isJson) return terminal.print(JSON.stringify(drafted))
  const { version, unused } = drafted
  terminal.print(`Version ${version} is a draft.`)
  if (unused.length > 0) {
    terminal.print(pc.yellow(`It leaves out ${unused.map((one) => `{${one}}`).join(', ')}: the model is not told.`))
  }
  terminal.print(pc.dim(`Try it:  neonhub run ${name.agent} ${name.intent} --try-drafts …`))
  terminal.print(pc.dim(`Use it:  neonhub prompts activate ${name.agent} ${name.intent} "${name.key}" ${version}`))
}

async function readText(file: string): Promise<string> {
  try {
    return await (file === '-' ? readStream(stdin) : readFile(file, 'utf8'))
  } catch (error) {
    throw new NeonHubError('cli.file_unreadable', `${file} cannot be read: ${messageOf(error)}`, {
      kind: 'invalid',
      hint: 'Give a file with the text of the task; - reads standard input.',
      cause: error,
    })
  }
}

export async function activatePrompt(
  client: ApiClient,
  terminal: Terminal,
  { version, untried, ...name }: PromptName & { readonly version: number; readonly untried: boolean },
): Promise<void> {
  const prompt = await client.call(routes.activatePrompt, { body: { ...name, version, untried } })
  terminal.print(terminal.isJson ? JSON.stringify(prompt) : `Version ${prompt.activeVersion} is asked from now on.`)
}

export async function revertPrompt(client: ApiClient, terminal: Terminal, name: PromptName): Promise<void> {
  const prompt = await client.call(routes.revertPrompt, { body: name })
  terminal.print(terminal.isJson ? JSON.stringify(prompt) : 'The code’s text is asked from now on.')
}
