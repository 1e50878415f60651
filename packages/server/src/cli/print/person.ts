import type { Person, PersonDetail, PersonEvent } from '@neonhub/contract'
import pc from 'picocolors'
import { formatTable, plainText } from './format.ts'

const consentColors: Readonly<Record<string, (text: string) => string>> = {
  granted: pc.green,
  pending: pc.yellow,
  denied: pc.red,
  revoked: pc.red,
}

const objectiveColors = { open: pc.yellow, reached: pc.green, dropped: pc.dim } as const

const colorOf = (status: string) => (consentColors[status] ?? pc.dim)(status)

/** What counts for a person's addresses, in one line. */
export function formatConsents({ consents, identities }: Pick<Person, 'consents' | 'identities'>): string {
  const stops = identities.flatMap(({ channel, suppressed }) =>
    suppressed === undefined ? [] : [`${channel} ${pc.red(plainText(suppressed))}`],
  )
  const words = consents.map(({ channel, purpose, status }) => `${purpose} ${channel} ${colorOf(status)}`)
  return [...words, ...stops].join(', ') || pc.dim('none')
}

const minuteOf = (moment: string) => moment.slice(0, 16).replace('T', ' ')

/** A person as a page: addresses, objectives, the ledger, the timeline, the notes. */
export function formatPerson(person: PersonDetail): string {
  const { id, name, language, identities, ledger, timeline, notes, objectives, topics } = person
  const head = [
    pc.bold(plainText(name) || identities[0]?.address || id),
    pc.dim([id, language, ...topics].filter(Boolean).join('  ')),
  ]
  return [
    ...head,
    ...section(
      'Addresses',
      identities.map(({ channel, address, verifiedAt, suppressed }) => [
        channel,
        address,
        verifiedAt === undefined ? '' : 'verified',
        suppressed === undefined ? '' : pc.red(`not written to: ${plainText(suppressed)}`),
      ]),
    ),
    ...section(
      'Objectives, the open ones first',
      objectives.map(({ id: objectiveId, state, dueOn, text }) => [
        objectiveId,
        objectiveColors[state](state),
        dueOn === undefined ? '' : `due ${dueOn}`,
        plainText(text),
      ]),
    ),
    ...section(
      'Consents, the newest first',
      ledger.map(({ recordedAt, purpose, channel, status, source, evidence, actor }) => [
        minuteOf(recordedAt),
        `${purpose} ${channel}`,
        colorOf(status),
        source,
        actor,
        plainText(evidence.text ?? evidence.document ?? evidence.form ?? ''),
      ]),
    ),
    ...section(
      'Timeline, the newest first',
      timeline.map((event) => [minuteOf(event.createdAt), event.type.replaceAll('_', ' '), describe(event)]),
    ),
    ...section(
      'Notes',
      notes.map(({ createdAt, author, body }) => [minuteOf(createdAt), author, plainText(body)]),
    ),
  ].join('\n')
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ['', pc.bold(title), formatTable(rows)]
}

const describe = ({ data }: PersonEvent): string =>
  Object.entries(data)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(' ') : plainText(String(value))}`)
    .join(', ')
