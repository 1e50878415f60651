/** What drift looks at, in the order in which it can be made: what comes later may rest on what comes before. */
export const itemKinds = [
  'extension',
  'type',
  'enum label',
  'table',
  'logged',
  'column',
  'function',
  'default',
  'not null',
  'identity',
  'owner',
  'constraint',
  'valid constraint',
  'index',
  'valid index',
  'view',
  'row security',
  'forced row security',
  'policy',
  'trigger',
  'default partition',
  'partition',
  'grant',
] as const
export type ItemKind = (typeof itemKinds)[number]

/** One thing of the catalogue, with the SQL that makes it and that takes it away. */
export interface CatalogueItem {
  readonly kind: ItemKind
  readonly name: string
  /** `kind name` of what it goes away with. */
  readonly parent: string | null
  /** Whether the parent's `create` makes it too. */
  readonly isIncluded: boolean
  /** Two items of one kind and name are the same where their definitions are. */
  readonly definition: string
  /** Where this differs too, `replace` cannot turn one into the other. */
  readonly shape: string
  readonly create: string | null
  /** Null where no statement can take it away. */
  readonly drop: string | null
  /** Null: it is dropped and made again. */
  readonly replace: string | null
}

export const keyOf = ({ kind, name }: Pick<CatalogueItem, 'kind' | 'name'>): string => `${kind} ${name}`
