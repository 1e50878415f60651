import type { Person } from '@neonhub/contract'

/** What a person is called: their name, else their first address. */
export const nameOf = ({ name, identities }: Pick<Person, 'name' | 'identities'>): string =>
  name === '' ? (identities[0]?.address ?? 'Nobody') : name
