import { type Command, InvalidArgumentError, Option } from 'commander'
import { recordMetrics, type SeriesFlags, showMetricSeries } from '../commands/metrics.ts'
import type { Clients } from './clients.ts'

function parseMoment(text: string): Date {
  const moment = new Date(text)
  if (!Number.isNaN(moment.getTime())) return moment
  throw new InvalidArgumentError('It must be a day or a moment, such as 2026-03-01 or 2026-03-01T09:00:00+01:00.')
}

/** What was measured outside. */
export function addMetricCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const metrics = program.command('metrics').description('what was measured outside: clicks, opens, revenue')
  metrics
    .command('record')
    .description('take in the facts of a CSV or JSON file; the same file again adds nothing')
    .argument('<file>', '- for standard input')
    .option('--brand <slug>', 'for rows that name none')
    .option('--source <name>', 'who measured, for rows that name none; "file" where absent')
    .action((file: string, flags: { brand?: string; source?: string }) =>
      withClient((client, terminal) => recordMetrics(client, terminal, { file, ...flags })),
    )
  metrics
    .command('series', { isDefault: true })
    .description('what was measured, added up in the organization’s time zone')
    .argument('[metric]', 'all where absent')
    .addOption(new Option('--by <bucket>').choices(['hour', 'day', 'week', 'month']).default('day'))
    .addOption(new Option('--group <what>').choices(['brand', 'campaign', 'content', 'source']))
    .option('--brand <slug>')
    .option('--campaign <id>')
    .option('--source <name>')
    .option('--from <moment>', 'thirty days ago where absent', parseMoment)
    .option('--to <moment>', 'now where absent', parseMoment)
    .action((metric: string | undefined, flags: SeriesFlags) =>
      withClient((client, terminal) => showMetricSeries(client, terminal, { metric, ...flags })),
    )
}
