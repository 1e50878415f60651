import type { Objective, Person, PersonDetail, Suppression } from '@neonhub/contract'
import type * as people from '../people/index.ts'
import { JsonMembers } from './json-members.ts'

/** A person as the contract shows them. */
export function toPerson({ identities, consents, topics, createdAt, updatedAt, ...person }: people.Person): Person {
  return {
    id: person.id,
    name: person.name,
    language: person.language,
    identities: identities.map(({ verifiedAt, ...identity }) => ({
      ...identity,
      verifiedAt: verifiedAt?.toISOString(),
    })),
    consents: consents.map(({ recordedAt, ...state }) => ({ ...state, recordedAt: recordedAt.toISOString() })),
    topics: [...topics],
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

/** An objective with a person as the contract shows it. */
export function toObjective({ createdAt, closedAt, ...objective }: people.Objective): Objective {
  return { ...objective, createdAt: createdAt.toISOString(), closedAt: closedAt?.toISOString() }
}

/** Likewise with ledger, timeline, notes and objectives. */
export function toPersonDetail({ ledger, timeline, notes, objectives, ...person }: people.PersonDetail): PersonDetail {
  return {
    ...toPerson(person),
    ledger: ledger.map(({ recordedAt, ...entry }) => ({ ...entry, recordedAt: recordedAt.toISOString() })),
    timeline: timeline.map(({ data, createdAt, ...event }) => ({
      ...event,
      data: JsonMembers.parse(data),
      createdAt: createdAt.toISOString(),
    })),
    notes: notes.map(({ createdAt, ...note }) => ({ ...note, createdAt: createdAt.toISOString() })),
    objectives: objectives.map(toObjective),
  }
}

export function toSuppression({ createdAt, ...suppression }: people.Suppression): Suppression {
  return { ...suppression, createdAt: createdAt.toISOString() }
}
