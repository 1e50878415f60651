import { ScheduleCatchUp, ScheduleOverlap } from '@neonhub/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  addSchedule,
  type AddOptions,
  backfillSchedule,
  enableSchedule,
  fireSchedule,
  listFirings,
  listSchedules,
  removeSchedule,
  showSchedule,
} from '../commands/schedules.ts'
import type { Clients } from './clients.ts'

function parseLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit > 0 && limit <= 100) return limit
  throw new InvalidArgumentError('It must be a whole number from 1 to 100.')
}

function parseMoment(text: string): Date {
  const moment = new Date(text)
  // Without an offset it would be read in the time zone of whoever's machine this is.
  const isClear = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  if (isClear && !Number.isNaN(moment.getTime())) return moment
  throw new InvalidArgumentError(
    'It must be a day (2026-03-01, in UTC) or a moment with its offset (2026-03-01T09:00Z).',
  )
}

/** What asks agents again and again. */
export function addScheduleCommands(program: Command, { withClient }: Clients): void {
  const schedules = program
    .command('schedules')
    .description('runs that start by themselves')
    .action(() => withClient((client, terminal) => listSchedules(client, terminal)))
  schedules
    .command('add')
    .description('have an agent asked again and again')
    .argument('<agent>')
    .argument('<intent>')
    .requiredOption('--cron <fields>', "such as '30 9 * * 1-5' or @daily")
    .option('--time-zone <name>', 'whose local times they are: Europe/Berlin', 'UTC')
    .option('--brand <slug>', 'the brand it works for')
    .option('--input <json>', 'what the intent takes', '{}')
    .option('--name <text>', 'what people call it; agent and intent where it has none')
    .addOption(
      new Option('--catch-up <policy>', 'times at which no worker was there')
        .choices(ScheduleCatchUp.options)
        .default('last'),
    )
    .option('--catch-up-limit <number>', 'with all: how many of the newest', parseLimit, 10)
    .addOption(
      new Option('--overlap <policy>', 'while a run before it is under way')
        .choices(ScheduleOverlap.options)
        .default('skip'),
    )
    .action((agent: string, intent: string, options: AddOptions) =>
      withClient((client, terminal) => addSchedule(client, terminal, { agent, intent, ...options })),
    )
  schedules
    .command('list')
    .description('every schedule, and when it is due')
    .action(() => withClient((client, terminal) => listSchedules(client, terminal)))
  schedules
    .command('show')
    .description('a schedule with its input and the times to come')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => showSchedule(client, terminal, id)))
  schedules
    .command('pause')
    .description('start nothing by it')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => enableSchedule(client, terminal, { id, enabled: false })))
  schedules
    .command('resume')
    .description('go on from the next time that is to come')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => enableSchedule(client, terminal, { id, enabled: true })))
  schedules
    .command('remove')
    .description('forget it, with its history')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => removeSchedule(client, terminal, id)))
  schedules
    .command('fire')
    .description('start its run now')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => fireSchedule(client, terminal, id)))
  schedules
    .command('firings')
    .description('what came of each of its times, the newest first')
    .argument('<id>')
    .option('--limit <number>', 'how many', parseLimit, 20)
    .action((id: string, { limit }: { limit: number }) =>
      withClient((client, terminal) => listFirings(client, terminal, { id, limit })),
    )
  schedules
    .command('backfill')
    .description('start a run for each past time that has started none, 1,000 at most')
    .argument('<id>')
    .requiredOption('--from <moment>', 'the first', parseMoment)
    .requiredOption('--to <moment>', 'the last', parseMoment)
    .action((id: string, range: { from: Date; to: Date }) =>
      withClient((client, terminal) => backfillSchedule(client, terminal, { id, ...range })),
    )
}
