import { TaskPriority, TaskStatus } from '@neonhub/contract'
import { type Command, Option } from 'commander'
import {
  createTask,
  listTasks,
  type NewTaskOptions,
  showTask,
  type TaskUpdateOptions,
  updateTask,
} from '../commands/tasks.ts'
import type { Clients } from './clients.ts'

interface ListOptions {
  readonly only?: TaskStatus
  readonly all: boolean
  readonly for?: string
  readonly of?: string
}

/** Work for people: what agents left to them, and what they give each other. */
export function addTaskCommands(program: Command, { withClient }: Clients): void {
  const tasks = program
    .command('tasks')
    .description('work for people, which agents left to them or somebody wrote down')
    // None is named as one of a command below: commander would take that one for this.
    .addOption(new Option('--only <status>', 'of this status alone').choices(TaskStatus.options))
    .option('--all', 'the finished too', false)
    .option('--for <member>', 'of this member alone, by address or id; me, or none for anybody’s')
    .option('--of <slug>', 'of this brand alone')
    .action(({ only, all, for: assignee, of: brand }: ListOptions) =>
      withClient((client, terminal) =>
        listTasks(client, terminal, { status: only ?? (all ? undefined : 'unfinished'), assignee, brand }),
      ),
    )
  tasks
    .command('create')
    .description('write down a task')
    .requiredOption('--title <text>', 'at most 200 characters')
    .option('--description <text>', 'what is to be done', '')
    .addOption(new Option('--priority <priority>').choices(TaskPriority.options).default('normal'))
    .option('--brand <slug>', 'the brand that it is about')
    .option('--assignee <member>', 'who is to do it, by address or id')
    .option('--due <moment>', '2026-12-24T00:00:00Z')
    .option('--conversation <id>', 'the conversation in which somebody waits')
    .action((options: NewTaskOptions) => withClient((client, terminal) => createTask(client, terminal, options)))
  tasks
    .command('show')
    .description('a task')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => showTask(client, terminal, id)))
  tasks
    .command('update')
    .description('assign a task, say how far it is, or word it anew')
    .argument('<id>')
    .option('--title <text>', 'at most 200 characters')
    .option('--description <text>')
    .addOption(new Option('--status <status>').choices(TaskStatus.options))
    .addOption(new Option('--priority <priority>').choices(TaskPriority.options))
    .option('--assignee <member>', 'by address or id; none for anybody')
    .option('--due <moment>', '2026-12-24T00:00:00Z, or none')
    .action((id: string, options: TaskUpdateOptions) =>
      withClient((client, terminal) => updateTask(client, terminal, { id, ...options })),
    )
  tasks
    .command('done')
    .description('say that a task is done')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => updateTask(client, terminal, { id, status: 'done' })))
}
