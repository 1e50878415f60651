import { type AgentConfiguration, type AgentSettings, PolicyRules, type PolicyVersion, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import { parseOrThrow } from '../../base/parse.ts'
import type { ApiClient } from '../client.ts'
import { parseFallbacks } from '../parse-fallbacks.ts'
import { formatCost, formatStatus, formatTable } from '../print/format.ts'
import { formatRules } from '../print/policy.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import type { Terminal } from '../terminal.ts'

/** Prints what an agent's code allows and what the organization has set about it. */
export async function showAgent(client: ApiClient, terminal: Terminal, name: string): Promise<void> {
  const settings = await client.call(routes.getAgentSettings, { params: { name } })
  const { agents } = await client.call(routes.listAgents)
  const agent = agents.find((one) => one.name === name)
  if (terminal.isJson) return terminal.print(JSON.stringify({ ...agent, ...settings, code: agent?.policy }))
  if (!agent) return terminal.print(formatSettings(settings).join('\n'))
  const { policy } = agent
  terminal.print(
    [
      `${pc.bold(name)}  ${formatStatus(settings.status)}  ${pc.dim(agent.description)}`,
      ...agent.intents.map(({ name: intent, description, runsBeforeChange = 0 }) => {
        const changed = runsBeforeChange === 0 ? '' : pc.yellow(`  changed under ${runsBeforeChange} unfinished runs`)
        return `  ${intent.padEnd(20)} ${pc.dim(description)}${changed}`
      }),
      `Its code allows ${policy.tools.join(', ') || 'no tools'}, at most ${formatCost(policy.maxCostMicros)} a run${
        policy.withoutApproval.length > 0 ? `, without approval ${policy.withoutApproval.join(', ')}` : ''
      }.`,
      ...formatSettings(settings),
    ].join('\n'),
  )
}

function formatSettings({ policy, policyWarnings, configurations }: AgentSettings): readonly string[] {
  return [
    ...(policy ? formatPolicy(policy) : ['No policy is laid over that.']),
    ...policyWarnings.map(({ path, message }) => pc.yellow(`  ${path} ${message}`)),
    ...(configurations.length === 0 ? ['It asks models with the installation’s settings.'] : []),
    ...configurations.map(formatConfiguration),
  ]
}

function formatPolicy({ version, rules, note, actor, createdAt }: PolicyVersion): readonly string[] {
  const by = pc.dim(`by ${actor}, ${createdAt}${note === '' ? '' : `: ${note}`}`)
  return [`Policy ${version}  ${by}`, ...formatRules(rules).map((line) => `  ${line}`)]
}

function formatConfiguration({
  version,
  brand,
  model,
  fallbackModels,
  temperature,
  maxOutputTokens,
  ...by
}: AgentConfiguration): string {
  const settings = [
    ...(model === undefined ? [] : [model]),
    ...(fallbackModels === undefined ? [] : [formatFallbacks(fallbackModels)]),
    ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
    ...(maxOutputTokens === undefined ? [] : [`at most ${maxOutputTokens} tokens`]),
  ]
  const whose = brand === undefined ? 'Configuration' : `Configuration for ${brand}`
  const nothing = brand === undefined ? 'the installation’s settings' : 'as the agent’s own'
  return `${whose} ${version}: ${settings.join(', ') || nothing}  ${pc.dim(`by ${by.actor}, ${by.createdAt}`)}`
}

const formatFallbacks = (models: readonly string[]) =>
  models.length === 0 ? 'no fallback' : `else ${models.join(', else ')}`

/** Sets how an agent asks models, whole: what is left out is the installation's. */
export async function configureAgent(
  client: ApiClient,
  terminal: Terminal,
  name: string,
  {
    fallback,
    ...settings
  }: { brand?: string; model?: string; fallback?: string[]; temperature?: number; maxOutputTokens?: number },
): Promise<void> {
  const body = { ...settings, ...(fallback === undefined ? {} : { fallbackModels: parseFallbacks(fallback) }) }
  const configuration = await client.call(routes.configureAgent, { params: { name }, body })
  terminal.print(terminal.isJson ? JSON.stringify(configuration) : formatConfiguration(configuration))
}

/** Pauses an agent, or lets it go on. */
export async function switchAgent(
  client: ApiClient,
  terminal: Terminal,
  { name, isPaused }: { readonly name: string; readonly isPaused: boolean },
): Promise<void> {
  const settings = await client.call(isPaused ? routes.pauseAgent : routes.resumeAgent, { params: { name } })
  if (terminal.isJson) return terminal.print(JSON.stringify(settings))
  terminal.print(
    isPaused
      ? `${name} is paused: nothing new is asked of it, and runs that began go on.`
      : `${name} may be asked again.`,
  )
}

/** Prints the organization's policy for an agent, or with `history` every version of it. */
export async function showPolicy(
  client: ApiClient,
  terminal: Terminal,
  { name, history }: { readonly name: string; readonly history: boolean },
): Promise<void> {
  if (history) {
    const { policies } = await client.call(routes.listAgentPolicies, { params: { name } })
    if (terminal.isJson) return terminal.print(JSON.stringify(policies))
    return terminal.print(policies.flatMap(formatPolicy).join('\n') || 'Nobody has set one.')
  }
  const settings = await client.call(routes.getAgentSettings, { params: { name } })
  const { policy, policyWarnings } = settings
  if (terminal.isJson) return terminal.print(JSON.stringify({ policy: policy ?? null, policyWarnings }))
  terminal.print(
    policy
      ? [...formatPolicy(policy), ...policyWarnings.map(({ path, message }) => pc.yellow(`  ${path} ${message}`))].join(
          '\n',
        )
      : `No policy is laid over what ${name}’s code allows. Set one: neonhub policy set ${name} --file FILE`,
  )
}

const fileHint = 'Give YAML or JSON with tools, recipients, sendWindow, caps or approvals; the readme has an example.'

/** Lays the policy of a file over what an agent's code allows, in the place of the one before. */
export async function setPolicy(
  client: ApiClient,
  terminal: Terminal,
  { name, file, note, from }: { readonly name: string; readonly file: string; note?: string; from?: number },
): Promise<void> {
  const value = await readYamlFile(file, { hint: fileHint })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NeonHubError('cli.policy_unreadable', `${file} holds no policy`, { kind: 'invalid', hint: fileHint })
  }
  const rules = parseOrThrow(PolicyRules, value, {
    code: 'cli.policy_unreadable',
    what: `The policy in ${file}`,
    hint: fileHint,
  })
  const policy = await client.call(routes.setAgentPolicy, {
    params: { name },
    body: {
      rules,
      ...(note === undefined ? {} : { note }),
      ...(from === undefined ? {} : { expectedVersion: from }),
    },
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(policy))
  terminal.print(formatPolicy(policy).join('\n'))
}

export async function listTools(client: ApiClient, terminal: Terminal): Promise<void> {
  const { tools } = await client.call(routes.listTools)
  if (terminal.isJson) return terminal.print(JSON.stringify(tools))
  const rows = tools.map(({ name, effect, version, goneAt, agents, namedInVain, description }) => [
    name,
    effect,
    String(version),
    goneAt === undefined ? agents.join(' ') : pc.red(`gone since ${goneAt}`),
    namedInVain.length === 0
      ? pc.dim(description)
      : pc.yellow(`named in vain by the policy of ${namedInVain.join(', ')}`),
  ])
  terminal.print(formatTable([['TOOL', 'EFFECT', 'VERSION', 'AGENTS', ''], ...rows]))
}
