import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Agent, TaskTemplate } from '../spec.ts'
import { ensureAgent } from '../sql/ensure-agent.ts'
import {
  activateVersion,
  archiveActive,
  ensurePrompt,
  findPromptId,
  insertVersion,
  listVersions,
  lockPrompt,
  type PromptVersion,
} from './sql/prompts.ts'
import { findTaskFaults, unusedNames } from './task.ts'

/** Which prompt: of which intent, and under which key its code declares it. */
export interface PromptKey {
  readonly intent: string
  readonly key: string
}

/** A prompt with the code's text, which is version 0, and the organization's own, newest first. */
export interface PromptView extends PromptKey {
  readonly agent: string
  readonly codeTask: string
  readonly values: Readonly<Record<string, string>>
  /** 0 where the code's text is asked. */
  readonly activeVersion: number
  /** The code's text is another than it was when the active version was written. */
  readonly codeChanged: boolean
  readonly versions: readonly PromptVersion[]
}

/** The prompts of an agent, in the order in which its code declares them. */
export async function listPrompts(tx: TenantTx, agent: Agent): Promise<readonly PromptView[]> {
  const versions = await listVersions(tx, agent.name)
  return tasksOf(agent).map(({ intent, template }) => {
    const own = versions
      .filter((one) => one.intent === intent && one.key === template.key)
      .map(({ version }) => version)
    const active = own.find(({ status }) => status === 'active')
    return {
      agent: agent.name,
      intent,
      key: template.key,
      codeTask: template.text,
      values: template.values,
      activeVersion: active?.version ?? 0,
      codeChanged: active !== undefined && active.codeTask !== template.text,
      versions: own,
    }
  })
}

const tasksOf = ({ intents }: Agent) =>
  Object.entries(intents).flatMap(([intent, { tasks = [] }]) => tasks.map((template) => ({ intent, template })))

/** A prompt as it stands. Throws `runtime.prompt_unknown`. */
export async function getPrompt(tx: TenantTx, agent: Agent, { intent, key }: PromptKey): Promise<PromptView> {
  getTemplate(agent, { intent, key })
  const prompt = (await listPrompts(tx, agent)).find((one) => one.intent === intent && one.key === key)
  if (prompt) return prompt
  throw promptUnknown(agent, { intent, key })
}

/** The code's own task. Throws `runtime.prompt_unknown`. */
function getTemplate(agent: Agent, { intent, key }: PromptKey): TaskTemplate {
  const found = tasksOf(agent).find((one) => one.intent === intent && one.template.key === key)
  if (found) return found.template
  throw promptUnknown(agent, { intent, key })
}

/**
 * Writes a draft of the organization's own text. Returns its version, and the names whose values it leaves out.
 * Throws `runtime.prompt_unknown` and `runtime.prompt_invalid`.
 */
export async function draftPrompt(
  tx: TenantTx,
  agent: Agent,
  { task, note, actor, ...key }: PromptKey & { readonly task: string; readonly note: string; readonly actor: string },
): Promise<{ readonly version: number; readonly unused: readonly string[] }> {
  const template = getTemplate(agent, key)
  const issues = findTaskFaults(template, task)
  if (issues.length > 0) {
    throw new NeonHubError('runtime.prompt_invalid', `The text ${issues.map(({ message }) => message).join(' ')}`, {
      kind: 'invalid',
      issues,
      hint: 'Take the names out, or use those that there are. Braces around other text are left as they are.',
    })
  }
  const { id: agentId } = await ensureAgent(tx, agent)
  const promptId = await ensurePrompt(tx, { agentId, ...key })
  await lockPrompt(tx, promptId)
  const version = await insertVersion(tx, { promptId, task, note, actor, codeTask: template.text })
  return { version, unused: unusedNames(template, task) }
}

/**
 * Makes a version the one that is asked, and archives the one before. A draft must have been tried: a run that asked it
 * has had its answer. Throws `runtime.prompt_unknown`, `runtime.prompt_version_unknown`, `runtime.prompt_untried`, and
 * `runtime.prompt_invalid` where the code fills in other values by now.
 */
export async function activatePrompt(
  tx: TenantTx,
  agent: Agent,
  {
    version,
    actor,
    untried,
    ...key
  }: PromptKey & { readonly version: number; readonly actor: string; readonly untried: boolean },
): Promise<void> {
  const prompt = await getPrompt(tx, agent, key)
  const promptId = await findPromptId(tx, { agent: agent.name, ...key })
  if (promptId === undefined) throw versionUnknown(prompt, version)
  await lockPrompt(tx, promptId)
  const current = await getPrompt(tx, agent, key)
  const chosen = current.versions.find((one) => one.version === version)
  if (!chosen) throw versionUnknown(prompt, version)
  if (chosen.status === 'active') return
  const [fault] = findTaskFaults(getTemplate(agent, key), chosen.task)
  if (fault) {
    throw new NeonHubError('runtime.prompt_invalid', `Version ${version} ${fault.message}`, {
      kind: 'conflict',
      hint: 'The code fills in other values since it was written: write a new version.',
    })
  }
  if (chosen.calls === 0 && !untried) throw notTried(prompt, version)
  await archiveActive(tx, promptId)
  await activateVersion(tx, { promptId, version, actor })
}

/** Goes back to the code's text. Returns the version that was asked until now; 0 where the code's was already. */
export async function revertPrompt(tx: TenantTx, agent: Agent, key: PromptKey): Promise<number> {
  getTemplate(agent, key)
  const promptId = await findPromptId(tx, { agent: agent.name, ...key })
  if (promptId === undefined) return 0
  await lockPrompt(tx, promptId)
  return archiveActive(tx, promptId)
}

function promptUnknown(agent: Agent, { intent, key }: PromptKey): NeonHubError {
  const known = tasksOf(agent).map((one) => `${one.intent} "${one.template.key}"`)
  return new NeonHubError('runtime.prompt_unknown', `${agent.name} ${intent} has no prompt "${key}"`, {
    kind: 'not_found',
    hint: known.length === 0 ? `${agent.name} asks no model.` : `It has ${known.join(', ')}.`,
  })
}

/** What to say of a version that a prompt does not have. */
export const versionUnknown = ({ versions }: PromptView, version: number) =>
  new NeonHubError('runtime.prompt_version_unknown', `There is no version ${version} of this prompt`, {
    kind: 'not_found',
    hint:
      version === 0
        ? 'The code’s text comes back with neonhub prompts revert.'
        : versions.length === 0
          ? 'There is the code’s text alone: write one with neonhub prompts set.'
          : `There are ${versions.map((one) => one.version).join(', ')}.`,
  })

const notTried = ({ agent, intent }: PromptView, version: number) =>
  new NeonHubError('runtime.prompt_untried', `Version ${version} has not been tried`, {
    kind: 'conflict',
    hint: `Run it once and read what comes of it: neonhub run ${agent} ${intent} --try-drafts … Or say that you know: --untried`,
  })
