import type { IdentityId, PersonId, SuppressionId, TopicId } from '../base/ids.ts'
import type { DB } from '../db/index.ts'

/** How a person is written to. Connectors that reach people by the same kind of address share a channel. */
export type ContactChannel = DB['person_identities']['channel']
/** What a message is for. Only `marketing` needs a yes beforehand; a no counts for both. */
export type ConsentPurpose = DB['person_consents']['purpose']
export type ConsentStatus = DB['person_consents']['status']
export type ConsentSource = DB['person_consents']['source']
export type PersonEventType = DB['events']['type']
export type ObjectiveState = 'open' | 'reached' | 'dropped'
/** What becomes of marketing to an address that is nobody's in `people`. */
export type UnknownRecipients = 'refuse' | 'allow'

/** What proves a consent. All of it is as it was told; `givenAt` is when the person said so, where that is known. */
export interface ConsentEvidence {
  /** What the person was shown and agreed to, or how it came about. */
  readonly text?: string | undefined
  readonly document?: string | undefined
  readonly form?: string | undefined
  readonly ip?: string | undefined
  readonly givenAt?: string | undefined
}

export interface Identity {
  readonly id: IdentityId
  readonly channel: ContactChannel
  readonly address: string
  readonly verifiedAt: Date | undefined
  /** Why the address is not written to at all; undefined where it may be. */
  readonly suppressed: string | undefined
}

/** The newest word of an address's ledger for a purpose. */
export interface ConsentState {
  readonly address: string
  readonly channel: ContactChannel
  readonly purpose: ConsentPurpose
  readonly status: ConsentStatus
  readonly recordedAt: Date
}

export interface Person {
  readonly id: PersonId
  readonly name: string
  readonly language: string | undefined
  readonly identities: readonly Identity[]
  readonly consents: readonly ConsentState[]
  /** Slugs. */
  readonly topics: readonly string[]
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** One entry of the ledger. */
export interface ConsentEntry extends ConsentState {
  readonly id: string
  readonly source: ConsentSource
  readonly evidence: ConsentEvidence
  readonly actor: string
}

export interface PersonEvent {
  readonly id: string
  readonly type: PersonEventType
  readonly data: unknown
  readonly actor: string
  readonly createdAt: Date
}

export interface PersonNote {
  readonly id: string
  readonly body: string
  readonly author: string
  readonly createdAt: Date
}

/** What the organization wants to come to with a person. */
export interface Objective {
  readonly id: string
  readonly personId: PersonId
  readonly text: string
  readonly state: ObjectiveState
  /** A day: `2027-03-31`. */
  readonly dueOn: string | undefined
  readonly createdBy: string
  readonly createdAt: Date
  /** Who said that it is reached or dropped, and when; undefined while it is open. */
  readonly closedBy: string | undefined
  readonly closedAt: Date | undefined
}

/** A person with everything that stands in the room, the newest first; of objectives the open ones. */
export interface PersonDetail extends Person {
  readonly ledger: readonly ConsentEntry[]
  readonly timeline: readonly PersonEvent[]
  readonly notes: readonly PersonNote[]
  readonly objectives: readonly Objective[]
}

export interface Topic {
  readonly id: TopicId
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly people: number
}

export interface Suppression {
  readonly id: SuppressionId
  readonly channel: string
  /** Undefined once the person was erased: only the hash of the address is left. */
  readonly address: string | undefined
  readonly reason: string
  readonly actor: string
  readonly createdAt: Date
}
