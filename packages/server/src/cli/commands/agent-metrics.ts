import { type AgentDay, routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { formatCost, formatDuration, formatTable } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** What agents did, a line a day, agent and intent. */
export async function showAgentMetrics(
  client: ApiClient,
  terminal: Terminal,
  query: { readonly agent?: string | undefined; readonly from?: string; readonly to?: string },
): Promise<void> {
  const report = await client.call(routes.getAgentMetrics, { query })
  if (terminal.isJson) return terminal.print(JSON.stringify(report))
  if (report.days.length === 0) return terminal.print(`No run ended from ${report.from} to ${report.to}.`)
  const header = [
    'DAY',
    'AGENT',
    'INTENT',
    'SUCCEEDED',
    'FAILED',
    'CANCELLED',
    'MEDIAN',
    '95 %',
    'COST',
    'CALLS',
    'ASKED',
  ]
  terminal.print(formatTable([header, ...report.days.map(rowOf)]))
  terminal.print(pc.dim(`Days of ${report.timeZone}; today's are added up every few minutes.`))
}

const rowOf = (day: AgentDay) => [
  day.day,
  day.agent,
  day.intent,
  String(day.succeeded),
  day.failed === 0 ? '0' : pc.red(String(day.failed)),
  String(day.cancelled),
  day.durationP50Ms === undefined ? '' : formatDuration(day.durationP50Ms),
  day.durationP95Ms === undefined ? '' : formatDuration(day.durationP95Ms),
  formatCost(day.costMicros),
  String(day.toolCalls),
  String(day.approvals),
]
