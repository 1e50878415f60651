import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import {
  ConsentPurpose,
  ConsentStatus,
  ContactChannel,
  type ImportedPeople,
  type Person,
  routes,
} from '@neonhub/contract'
import pc from 'picocolors'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { isId } from '../../base/ids.ts'
import type { ApiClient } from '../client.ts'
import { formatTable, plainText } from '../print/format.ts'
import { printImportedPeople } from '../print/imported-people.ts'
import { formatConsents, formatPerson } from '../print/person.ts'
import type { Terminal } from '../terminal.ts'

/** The channel that was named, else the one that the address looks like: a mail address has an `@`. */
export function parseChannel(channel: string | undefined, address: string): ContactChannel {
  if (channel !== undefined) return ContactChannel.parse(channel)
  return address.includes('@') ? 'email' : 'sms'
}

export async function listPeople(
  client: ApiClient,
  terminal: Terminal,
  { search, topic }: { readonly search?: string; readonly topic?: string },
): Promise<void> {
  const page = await client.call(routes.listPeople, { query: { search, topic, limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.people.length === 0) {
    const isFiltered = search !== undefined || topic !== undefined
    return terminal.print(isFiltered ? 'Nobody is like that.' : 'No people yet. Try: npx neonhub people import FILE')
  }
  const rows = page.people.map((person) => [
    person.id,
    plainText(person.name),
    person.identities.map(({ address }) => address).join(' '),
    formatConsents(person),
    person.topics.join(' '),
  ])
  terminal.print(formatTable([['PERSON', 'NAME', 'ADDRESSES', 'CONSENTS', 'TOPICS'], ...rows]))
  if (page.nextBefore !== undefined) terminal.print(pc.dim('The newest hundred. Narrow it with --search or --topic.'))
}

/** The person of an id or an address. Throws `cli.person_unknown`. */
export async function findPerson(client: ApiClient, text: string): Promise<Person> {
  if (isId(text)) return client.call(routes.getPerson, { params: { id: text } })
  const { people } = await client.call(routes.listPeople, { query: { address: text, limit: 1 } })
  const [person] = people
  if (person) return person
  throw new NeonHubError('cli.person_unknown', `Nobody in people has the address ${text}`, {
    kind: 'not_found',
    hint: 'neonhub people list --search TEXT looks for a part of it.',
  })
}

export async function showPerson(client: ApiClient, terminal: Terminal, text: string): Promise<void> {
  const { id } = await findPerson(client, text)
  const person = await client.call(routes.getPerson, { params: { id } })
  terminal.print(terminal.isJson ? JSON.stringify(person) : formatPerson(person))
}

/** Takes in a file by parts, and tells how far it is. */
export async function importPeople(client: ApiClient, terminal: Terminal, file: string): Promise<void> {
  const refuse = (error: unknown) =>
    new NeonHubError('cli.file_unreadable', `${file} cannot be read: ${messageOf(error)}`, {
      kind: 'invalid',
      hint: 'Name a CSV file; examples/pinwright/people.csv is one.',
      cause: error,
    })
  const { size } = await stat(file).catch((error: unknown) => {
    throw refuse(error)
  })
  const { readPeopleCsv } = await import('../../people/index.ts')
  const source = basename(file)
  const total = { added: 0, changed: 0, unchanged: 0, refused: [] as ImportedPeople['refused'] }
  const bytes = createReadStream(file)
  let failure: unknown
  bytes.once('error', (error) => {
    failure = error
  })
  try {
    for await (const batch of readPeopleCsv(bytes)) {
      const outcome = await client.call(routes.importPeople, { body: { source, lines: [...batch.lines] } })
      total.added += outcome.added
      total.changed += outcome.changed
      total.unchanged += outcome.unchanged
      total.refused.push(...batch.refused, ...outcome.refused)
      const percent = size === 0 ? 100 : Math.floor((batch.bytesRead / size) * 100)
      terminal.status(`${percent} %  ${total.added + total.changed + total.unchanged} people`)
    }
  } catch (error) {
    throw failure === undefined ? error : refuse(failure)
  } finally {
    terminal.endStatus()
  }
  if (terminal.isJson) return terminal.print(JSON.stringify(total))
  printImportedPeople(terminal, total)
}

/** Puts a person's word on record; somebody who is not in people yet is added with this address. */
export async function recordConsent(
  client: ApiClient,
  terminal: Terminal,
  consent: {
    readonly address: string
    readonly channel?: string
    readonly purpose: string
    readonly status: string
    readonly evidence?: string
  },
): Promise<void> {
  const { address, evidence } = consent
  const channel = parseChannel(consent.channel, address)
  const status = ConsentStatus.parse(consent.status)
  const purpose = ConsentPurpose.parse(consent.purpose)
  if (status === 'granted' && !evidence?.trim()) {
    throw new NeonHubError('cli.evidence_missing', 'A consent cannot be granted without evidence', {
      kind: 'invalid',
      hint: 'Add --evidence "when and how they agreed".',
    })
  }
  const { people } = await client.call(routes.listPeople, { query: { address, limit: 1 } })
  const id =
    people[0]?.id ?? (await client.call(routes.createPerson, { body: { identities: [{ channel, address }] } })).id
  const person = await client.call(routes.recordConsent, {
    params: { id },
    body: {
      channel,
      address,
      purpose,
      status,
      source: 'cli',
      evidence: evidence === undefined ? {} : { text: evidence },
    },
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(person))
  terminal.print(`${address}: ${purpose} ${channel} is ${status}.`)
  const stopped = person.identities.find((one) => one.suppressed !== undefined && one.channel === channel)
  if (status === 'granted' && stopped) {
    terminal.print(
      pc.yellow(
        `It is not written to all the same (${stopped.suppressed}). Where the person wants that: npx neonhub people unsuppress ${stopped.address}`,
      ),
    )
  }
}

export async function addNote(
  client: ApiClient,
  terminal: Terminal,
  { person, text }: { readonly person: string; readonly text: string },
): Promise<void> {
  const { id } = await findPerson(client, person)
  const note = await client.call(routes.addPersonNote, { params: { id }, body: { body: text } })
  terminal.print(terminal.isJson ? JSON.stringify(note) : 'Noted.')
}

const policyWords = {
  refuse: 'Marketing to an address that is nobody’s in people is refused.',
  allow: 'Marketing to an address that is nobody’s in people goes out once it is approved.',
} as const

export async function showPolicy(client: ApiClient, terminal: Terminal): Promise<void> {
  const policy = await client.call(routes.getRecipientPolicy)
  terminal.print(terminal.isJson ? JSON.stringify(policy) : policyWords[policy.unknownRecipients])
}

export async function setPolicy(client: ApiClient, terminal: Terminal, choice: 'refuse' | 'allow'): Promise<void> {
  const policy = await client.call(routes.setRecipientPolicy, { body: { unknownRecipients: choice } })
  terminal.print(terminal.isJson ? JSON.stringify(policy) : policyWords[policy.unknownRecipients])
}

export async function suppress(
  client: ApiClient,
  terminal: Terminal,
  { address, channel, reason }: { readonly address: string; readonly channel?: string; readonly reason?: string },
): Promise<void> {
  const suppression = await client.call(routes.createSuppression, {
    body: { address, channel: parseChannel(channel, address), ...(reason === undefined ? {} : { reason }) },
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(suppression))
  terminal.print(`Nothing goes to ${address} any more (${suppression.channel}, ${suppression.reason}).`)
}

export async function unsuppress(client: ApiClient, terminal: Terminal, address: string): Promise<void> {
  const { suppressions } = await client.call(routes.listSuppressions, { query: { address, limit: 100 } })
  if (suppressions.length === 0) {
    throw new NeonHubError('cli.not_suppressed', `Nothing stops what goes to ${address}`, {
      kind: 'not_found',
      hint: 'neonhub people show ADDRESS says what they agreed to.',
    })
  }
  for (const { id } of suppressions) await client.call(routes.deleteSuppression, { params: { id } })
  if (terminal.isJson) return terminal.print(JSON.stringify({ lifted: suppressions }))
  terminal.print(`${address} may be written to again, as far as its consents allow.`)
}
