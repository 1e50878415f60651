import { asId, type IdentityId, newId, type PersonId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import { askRecipients, type RecipientRecord } from '../sql/ask-recipients.ts'
import { listConsentStates } from '../sql/consent-states.ts'
import { findIdentities } from '../sql/find-identities.ts'
import { lockConsents } from '../sql/lock-consents.ts'
import type { ConsentStatus, ContactChannel } from '../spec.ts'
import { type ImportLine, type ParsedLine, parseImportLine, type RefusedLine } from './parse-import-row.ts'
import { type KnownPerson, loadPeople } from './sql/load-people.ts'
import { writeImport } from './sql/write-import.ts'

export interface ImportOutcome {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  /** By line, with the reason. */
  readonly refused: readonly RefusedLine[]
}

/** What a line comes to: a person as they are to be, and what of it is new. */
export interface PlannedPerson {
  readonly line: ParsedLine
  readonly personId: PersonId
  readonly isNew: boolean
  readonly name: string | undefined
  readonly language: string | undefined
  readonly newIdentities: readonly {
    readonly id: IdentityId
    readonly channel: ContactChannel
    readonly address: string
  }[]
  readonly newTopics: readonly string[]
  /** The identity whose consent is written; undefined where the ledger says so already. */
  readonly consentFor: IdentityId | undefined
}

interface Standing {
  readonly owners: ReadonlyMap<string, { readonly id: IdentityId; readonly personId: PersonId }>
  readonly people: ReadonlyMap<PersonId, KnownPerson>
  readonly consents: ReadonlyMap<string, ConsentStatus>
  readonly stops: ReadonlyMap<string, RecipientRecord>
}

const keyOf = ({ channel, address }: { channel: string; address: string }) => `${channel} ${address.toLowerCase()}`
const consentKey = (identityId: IdentityId, purpose: string) => `${identityId} ${purpose}`

/**
 * Takes in lines of a file, all in one transaction: a person is found by their addresses, and what a line says beyond
 * what is known is added. The same lines again change nothing. A line is taken whole or not at all; one that would undo
 * a person's no is refused, because a file may be older than their word.
 */
export async function importPeople(
  tx: TenantTx,
  {
    lines,
    source,
    actor,
    masterKey,
  }: {
    readonly lines: readonly ImportLine[]
    /** Where the lines are from, for the timeline: a file's name. */
    readonly source: string
    readonly actor: string
    readonly masterKey: Uint8Array
  },
): Promise<ImportOutcome> {
  const refused: RefusedLine[] = []
  const parsed: ParsedLine[] = []
  for (const one of lines.map(parseImportLine)) {
    if ('reason' in one) refused.push(one)
    else parsed.push(one)
  }
  await lockConsents(tx)
  const standing = await readStanding(tx, { parsed, masterKey })
  const planned: PlannedPerson[] = []
  const taken = new Map<string, number>()
  for (const line of parsed) {
    const plan = planLine(line, standing, taken)
    if ('reason' in plan) refused.push(plan)
    else planned.push(plan)
  }
  const changes = planned.filter(hasChange)
  await writeImport(tx, { planned: changes, source, actor })
  const added = planned.filter(({ isNew }) => isNew).length
  return {
    added,
    changed: changes.length - added,
    unchanged: planned.length - changes.length,
    refused: refused.toSorted((a, b) => a.line - b.line),
  }
}

async function readStanding(
  tx: TenantTx,
  { parsed, masterKey }: { readonly parsed: readonly ParsedLine[]; readonly masterKey: Uint8Array },
): Promise<Standing> {
  const addresses = parsed.flatMap((line) => line.addresses)
  const identities = await findIdentities(tx, addresses)
  const personIds = [...new Set(identities.map(({ personId }) => personId))]
  const people = await loadPeople(tx, personIds)
  const consents = new Map<string, ConsentStatus>()
  for (const states of (await listConsentStates(tx, personIds)).values()) {
    for (const { identityId, purpose, status } of states) consents.set(consentKey(identityId, purpose), status)
  }
  const stops = new Map<string, RecipientRecord>()
  for (const channel of ['email', 'sms', 'whatsapp'] as const) {
    const recipients = addresses.filter((one) => one.channel === channel).map(({ address }) => address)
    if (recipients.length === 0) continue
    for (const record of await askRecipients(tx, { channel, purpose: 'marketing', recipients, masterKey })) {
      stops.set(keyOf({ channel, address: record.address }), record)
    }
  }
  return { owners: new Map(identities.map((one) => [keyOf(one), one])), people, consents, stops }
}

function planLine(line: ParsedLine, standing: Standing, taken: Map<string, number>): PlannedPerson | RefusedLine {
  const refuse = (reason: string): RefusedLine => ({ line: line.line, reason })
  for (const address of line.addresses) {
    if (standing.stops.get(keyOf(address))?.isErased) {
      return refuse(`${address.address} was erased at the person's request and is not taken in again`)
    }
    const earlier = taken.get(keyOf(address))
    if (earlier !== undefined) return refuse(`${address.address} is on line ${earlier} already`)
  }
  const found = line.addresses.flatMap((address) => standing.owners.get(keyOf(address)) ?? [])
  if (new Set(found.map(({ personId }) => personId)).size > 1) {
    return refuse(`${line.addresses.map(({ address }) => address).join(' and ')} belong to different people`)
  }
  const personId = found[0]?.personId ?? newId<'person'>()
  const known = standing.people.get(personId)
  const newIdentities = line.addresses
    .filter((address) => !standing.owners.has(keyOf(address)))
    .map((address) => ({ ...address, id: newId<'identity'>() }))
  const consentFor = planConsent(line, standing, newIdentities)
  if (typeof consentFor === 'object') return refuse(consentFor.reason)
  for (const address of line.addresses) taken.set(keyOf(address), line.line)
  return {
    line,
    personId,
    isNew: known === undefined,
    name: line.name !== undefined && line.name !== known?.name ? line.name : undefined,
    language: line.language !== undefined && line.language !== known?.language ? line.language : undefined,
    newIdentities,
    newTopics: [...new Set(line.topics)].filter((slug) => !known?.topics.has(slug)),
    consentFor,
  }
}

/** Whose ledger the line adds to, undefined where it adds nothing, or why it must not. */
function planConsent(
  { consent }: ParsedLine,
  { owners, consents, stops }: Standing,
  newIdentities: PlannedPerson['newIdentities'],
): IdentityId | undefined | { readonly reason: string } {
  if (!consent) return undefined
  const { address, purpose, status } = consent
  const identityId = owners.get(keyOf(consent))?.id ?? newIdentities.find((one) => keyOf(one) === keyOf(consent))?.id
  const current = identityId && consents.get(consentKey(identityId, purpose))
  if (current === status || (current === 'granted' && status === 'pending')) return undefined
  const raises = status === 'granted' || status === 'pending'
  if (raises && (current === 'revoked' || current === 'denied')) {
    return { reason: `${address} said no to ${purpose} (${current}); an import does not undo that` }
  }
  const stop = stops.get(keyOf(consent))?.suppressed
  if (raises && stop !== undefined) return { reason: `${address} must not be written to (${stop})` }
  return identityId && asId(identityId)
}

const hasChange = ({ isNew, name, language, newIdentities, newTopics, consentFor }: PlannedPerson): boolean =>
  isNew ||
  name !== undefined ||
  language !== undefined ||
  newIdentities.length > 0 ||
  newTopics.length > 0 ||
  consentFor !== undefined
