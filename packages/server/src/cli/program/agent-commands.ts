import { type Command, InvalidArgumentError } from 'commander'
import { configureAgent, listTools, setPolicy, showAgent, showPolicy, switchAgent } from '../commands/agents.ts'
import { listAgents } from '../commands/catalogue.ts'
import { showAgentMetrics } from '../commands/agent-metrics.ts'
import { activatePrompt, listPrompts, revertPrompt, setPrompt, showPrompt } from '../commands/prompts.ts'
import type { Clients } from './clients.ts'

function parseNumber(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number)) return number
  throw new InvalidArgumentError('It must be a number.')
}

type ActivateArguments = [agent: string, intent: string, key: string, version: number, flags: { untried?: boolean }]

/** What an organization sets about its agents: configuration, policy, prompts. */
export function addAgentCommands(program: Command, { withClient }: Clients): void {
  const agents = program
    .command('agents')
    .description('the agents and what each can be asked')
    .action(() => withClient((client, terminal) => listAgents(client, terminal)))
  agents
    .command('show')
    .description('what an agent may do, and what is set about it here')
    .argument('<agent>')
    .action((name: string) => withClient((client, terminal) => showAgent(client, terminal, name)))
  agents
    .command('configure')
    .description('set how it asks models, whole: what is left out is the installation’s')
    .argument('<agent>')
    .option('--brand <slug>', 'for this brand, in the place of the agent’s own')
    .option('--model <provider:model>')
    .option('--fallback <provider:model...>', 'asked in this order where that cannot be, at most three; none for none')
    .option('--temperature <number>', 'from 0 to 2', parseNumber)
    .option('--max-output-tokens <number>', 'for each answer', parseNumber)
    .action((name: string, options: Parameters<typeof configureAgent>[3]) =>
      withClient((client, terminal) => configureAgent(client, terminal, name, options)),
    )
  for (const [command, isPaused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    agents
      .command(command)
      .description(isPaused ? 'let nothing new be asked of it; runs that began go on' : 'let it be asked again')
      .argument('<agent>')
      .action((name: string) => withClient((client, terminal) => switchAgent(client, terminal, { name, isPaused })))
  }
  agents
    .command('metrics')
    .description('what agents did day by day, also once their runs are gone')
    .argument('[agent]', 'all where absent')
    .option('--from <day>', 'such as 2026-03-01; thirty days ago where absent')
    .option('--to <day>', 'today where absent')
    .action((agent: string | undefined, days: { from?: string; to?: string }) =>
      withClient((client, terminal) => showAgentMetrics(client, terminal, { agent, ...days })),
    )
  program
    .command('tools')
    .description('what agents can call, and what is gone')
    .action(() => withClient((client, terminal) => listTools(client, terminal)))
  addPolicyCommands(program, { withClient })
  addPromptCommands(program, { withClient })
}

function addPolicyCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const policy = program.command('policy').description('what is left here of what an agent’s code allows')
  policy
    .command('show')
    .description('the policy that is laid over an agent')
    .argument('<agent>')
    .option('--history', 'every version, newest first')
    .action((name: string, { history }: { history?: boolean }) =>
      withClient((client, terminal) => showPolicy(client, terminal, { name, history: history ?? false })),
    )
  policy
    .command('set')
    .description('lay another one over it, in the place of the one before; it can only narrow')
    .argument('<agent>')
    .requiredOption('--file <file>', 'YAML or JSON; - reads standard input')
    .option('--note <text>', 'why')
    .option('--from <version>', 'refuse where another than this version is in force', parseNumber)
    .action((name: string, options: { file: string; note?: string; from?: number }) =>
      withClient((client, terminal) => setPolicy(client, terminal, { name, ...options })),
    )
}

function addPromptCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const prompts = program.command('prompts').description('what agents ask models, and texts of your own for it')
  const named = (command: string, description: string) =>
    prompts.command(command).description(description).argument('<agent>').argument('<intent>').argument('<key>')
  prompts
    .command('list')
    .description('every prompt, and which text of it is asked')
    .option('--agent <agent>', 'only its')
    .action(({ agent }: { agent?: string }) =>
      withClient((client, terminal) => listPrompts(client, terminal, { agent })),
    )
  named('show', 'a prompt: the code’s text, what is filled in, and your own versions').action(
    (agent: string, intent: string, key: string) =>
      withClient((client, terminal) => showPrompt(client, terminal, { agent, intent, key })),
  )
  named('set', 'write a text of your own as a draft')
    .requiredOption(
      '--file <file>',
      'the text of the task, with {names} where the code fills something in; - reads standard input',
    )
    .option('--note <text>', 'why')
    .action((agent: string, intent: string, key: string, options: { file: string; note?: string }) =>
      withClient((client, terminal) => setPrompt(client, terminal, { agent, intent, key, ...options })),
    )
  named('activate', 'ask a version from now on')
    .argument('<version>', 'its number', parseNumber)
    .option('--untried', 'also one that no run has tried')
    .action((...[agent, intent, key, version, { untried = false }]: ActivateArguments) =>
      withClient((client, terminal) => activatePrompt(client, terminal, { agent, intent, key, version, untried })),
    )
  named('revert', 'go back to the code’s text').action((agent: string, intent: string, key: string) =>
    withClient((client, terminal) => revertPrompt(client, terminal, { agent, intent, key })),
  )
}
