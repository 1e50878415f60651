import { routes, type Schedule, type ScheduleFiring } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

export interface AddOptions {
  readonly cron: string
  readonly timeZone: string
  readonly brand?: string
  readonly input: string
  readonly catchUp: 'skip' | 'last' | 'all'
  readonly catchUpLimit: number
  readonly overlap: 'skip' | 'allow'
  readonly name?: string
}

/** Has an agent asked again and again. */
export async function addSchedule(
  client: ApiClient,
  terminal: Terminal,
  { agent, intent, ...options }: AddOptions & { readonly agent: string; readonly intent: string },
): Promise<void> {
  const { cron, timeZone, brand, catchUp, catchUpLimit, overlap, name = `${agent} ${intent}` } = options
  const schedule = await client.call(routes.createSchedule, {
    body: {
      name,
      agent,
      intent,
      cron,
      timeZone,
      catchUp,
      catchUpLimit,
      overlap,
      input: parseInput(options.input),
      ...(brand === undefined ? {} : { brand }),
    },
  })
  tellSchedule(terminal, schedule, `${schedule.name} is scheduled, id ${schedule.id}. ${describeNext(schedule)}`)
}

function parseInput(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new NeonHubError('cli.input_invalid', 'The input is no JSON object', {
    kind: 'invalid',
    hint: `Such as --input '{"url": "https://example.com"}'. neonhub agents shows what each intent takes.`,
  })
}

const tellSchedule = (terminal: Terminal, schedule: Schedule, text: string) =>
  terminal.print(terminal.isJson ? JSON.stringify(schedule) : plainText(text))

/** The moment in the schedule's own time zone. */
const localTime = (moment: string, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(moment))

function describeNext({ nextTimes: [next], timeZone, enabled }: Schedule): string {
  if (next === undefined) return enabled ? 'No time is left.' : 'It is paused.'
  return `It is due next at ${localTime(next, timeZone)} (${timeZone}).`
}

export async function listSchedules(client: ApiClient, terminal: Terminal): Promise<void> {
  const { schedules } = await client.call(routes.listSchedules)
  if (terminal.isJson) return terminal.print(JSON.stringify(schedules))
  if (schedules.length === 0)
    return terminal.print("Nothing is scheduled. Add one: neonhub schedules add AGENT INTENT --cron '0 9 * * 1-5'")
  const rows = schedules.map((one) => [
    one.id,
    plainText(one.name),
    `${one.agent} ${one.intent}`,
    `${one.cron} ${one.timeZone}`,
    one.nextTimes[0] ?? pc.dim(one.enabled ? 'never' : 'paused'),
    one.last ? formatStatus(one.last.status) : '',
  ])
  terminal.print(formatTable([['ID', 'NAME', 'ASKS', 'WHEN', 'NEXT', 'LAST'], ...rows]))
}

/** A schedule with its input and the times to come. */
export async function showSchedule(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const schedule = await client.call(routes.getSchedule, { params: { id: parseId(id) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(schedule))
  const { name, agent, intent, brand, cron, timeZone, catchUp, catchUpLimit, overlap, createdBy, nextTimes } = schedule
  terminal.print(`${pc.bold(plainText(name))}  ${schedule.enabled ? '' : pc.yellow('paused')}`.trimEnd())
  terminal.print(
    formatTable([
      ['asks', `${agent} ${intent}${brand === undefined ? '' : ` for ${brand}`}`],
      ['when', `${cron} (${timeZone})`],
      ['next', nextTimes.map((time) => localTime(time, timeZone)).join(', ') || describeNext(schedule)],
      ['missed', catchUp === 'all' ? `the newest ${catchUpLimit} are caught up with` : catchUpWords[catchUp]],
      ['overlap', overlap === 'skip' ? 'none is started while one is under way' : 'runs may overlap'],
      ['by', createdBy],
    ]),
  )
  terminal.print(JSON.stringify(schedule.input, null, 2))
}

const catchUpWords = { skip: 'are given up', last: 'the newest is caught up with' } as const

export async function enableSchedule(
  client: ApiClient,
  terminal: Terminal,
  { id, enabled }: { readonly id: string; readonly enabled: boolean },
): Promise<void> {
  const route = enabled ? routes.resumeSchedule : routes.pauseSchedule
  const schedule = await client.call(route, { params: { id: parseId(id) } })
  tellSchedule(terminal, schedule, `${schedule.name}: ${describeNext(schedule)}`)
}

export async function removeSchedule(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const schedule = await client.call(routes.deleteSchedule, { params: { id: parseId(id) } })
  tellSchedule(terminal, schedule, `${schedule.name} is removed. The runs that it started stay.`)
}

/** Fires a schedule at once. False where it was refused. */
export async function fireSchedule(client: ApiClient, terminal: Terminal, id: string): Promise<boolean> {
  const firing = await client.call(routes.fireSchedule, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(firing) : describeFiring(firing))
  return firing.status === 'started'
}

function describeFiring({ status, runId, error, moreMissed, moreMissedUntil }: ScheduleFiring): string {
  if (error) return `${plainText(error.message)}${error.hint === undefined ? '' : ` ${pc.dim(plainText(error.hint))}`}`
  if (moreMissed !== undefined) return `and ${moreMissed} more, until ${moreMissedUntil ?? ''}`
  if (runId !== undefined) return `run ${runId}`
  return status === 'overlap' ? 'a run before it was under way' : ''
}

export async function listFirings(
  client: ApiClient,
  terminal: Terminal,
  { id, limit }: { readonly id: string; readonly limit: number },
): Promise<void> {
  const { firings } = await client.call(routes.listScheduleFirings, { params: { id: parseId(id) }, query: { limit } })
  if (terminal.isJson) return terminal.print(JSON.stringify(firings))
  if (firings.length === 0) return terminal.print('It has not been due yet.')
  const rows = firings.map((one) => [one.dueAt, one.cause, formatStatus(one.status), describeFiring(one)])
  terminal.print(formatTable([['DUE', 'BY', 'STATUS', ''], ...rows]))
}

/** Starts a run for each past time that has started none. False where one was refused. */
export async function backfillSchedule(
  client: ApiClient,
  terminal: Terminal,
  { id, from, to }: { readonly id: string; readonly from: Date; readonly to: Date },
): Promise<boolean> {
  const body = { from: from.toISOString(), to: to.toISOString() }
  const result = await client.call(routes.backfillSchedule, { params: { id: parseId(id) }, body })
  const { started, refused, alreadyStarted } = result
  terminal.print(
    terminal.isJson
      ? JSON.stringify(result)
      : `${started} runs started, ${refused} refused, ${alreadyStarted} had been started before.`,
  )
  return refused === 0
}
