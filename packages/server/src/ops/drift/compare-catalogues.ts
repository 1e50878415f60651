import { type CatalogueItem, itemKinds, type ItemKind, keyOf } from './catalogue-item.ts'
import type { Catalogue } from './read-catalogue.ts'

/** One difference, and the statements that take the live database to what is expected. */
export interface Difference {
  readonly kind: ItemKind
  readonly name: string
  readonly difference: 'missing' | 'extra' | 'changed'
  readonly expected: string | undefined
  readonly live: string | undefined
  /** In the order to run them; empty where only a person can mend it. */
  readonly sql: readonly string[]
  /** Whether the statements may take rows or values with them. */
  readonly destroys: boolean
}

type Part = Difference & { readonly phase: number }

const destroying: ReadonlySet<ItemKind> = new Set(['table', 'column', 'view', 'type'])

/**
 * Compares the live catalogue with the expected one. What goes away or comes along with a larger thing is told with that
 * one alone. Things are taken away before others are made, each in the order that their dependence asks for.
 */
export function compareCatalogues(expected: Catalogue, live: Catalogue): readonly Difference[] {
  const wanted = new Map(expected.items.map((item) => [keyOf(item), item]))
  const found = new Map(live.items.map((item) => [keyOf(item), item]))
  const made = new Set(expected.items.filter((item) => isMadeAnew(item, found.get(keyOf(item)))).map(keyOf))
  const gone = new Set(live.items.filter((item) => !wanted.has(keyOf(item))).map(keyOf))
  const parts: Part[] = []
  for (const item of live.items) {
    if (gone.has(keyOf(item)) && !(item.parent !== null && gone.has(item.parent))) parts.push(extra(item))
  }
  for (const item of expected.items) {
    const other = found.get(keyOf(item))
    const parentIsMade = item.parent !== null && isMade(item.parent, { made, wanted })
    if (parentIsMade) {
      // Whatever stood on what is dropped and made again went with it.
      if (!item.isIncluded && item.create !== null) parts.push(missing(item, other))
    } else if (!other) parts.push(missing(item, undefined))
    else if (other.definition !== item.definition) parts.push(...changed(item, other))
  }
  return [...parts.toSorted((one, other) => one.phase - other.phase).map(withoutPhase), ...partitionDifferences(live)]
}

/** Missing, or so different that it is dropped and made again. */
const isMadeAnew = (item: CatalogueItem, other: CatalogueItem | undefined) =>
  !other || (other.definition !== item.definition && (item.replace === null || item.shape !== other.shape))

function isMade(
  key: string,
  { made, wanted }: { readonly made: ReadonlySet<string>; readonly wanted: ReadonlyMap<string, CatalogueItem> },
): boolean {
  if (made.has(key)) return true
  const parent = wanted.get(key)?.parent ?? null
  return parent !== null && isMade(parent, { made, wanted })
}

/** First what is taken away, last kinds first; then what is made, first kinds first. */
const dropPhase = (kind: ItemKind) => -itemKinds.indexOf(kind) - 1
const createPhase = (kind: ItemKind) => itemKinds.indexOf(kind)

const statements = (sql: string | null) => (sql === null ? [] : [sql])

const extra = (item: CatalogueItem): Part => ({
  kind: item.kind,
  name: item.name,
  difference: 'extra',
  expected: undefined,
  live: item.definition,
  sql: statements(item.drop),
  destroys: destroying.has(item.kind),
  phase: dropPhase(item.kind),
})

const missing = (item: CatalogueItem, other: CatalogueItem | undefined): Part => ({
  kind: item.kind,
  name: item.name,
  difference: other ? 'changed' : 'missing',
  expected: item.definition,
  live: other?.definition,
  sql: statements(item.create),
  destroys: false,
  phase: createPhase(item.kind),
})

function changed(item: CatalogueItem, other: CatalogueItem): readonly Part[] {
  const part = { ...missing(item, other), destroys: destroying.has(item.kind) }
  if (item.replace !== null && item.shape === other.shape) return [{ ...part, sql: [item.replace] }]
  // Both statements stand together: between them, nothing of the same name may be made.
  return [{ ...part, sql: [...statements(other.drop), ...statements(item.create)] }]
}

const withoutPhase = ({ phase: _phase, ...difference }: Part): Difference => difference

const partitionDifferences = ({ partitionFaults }: Catalogue): readonly Difference[] =>
  partitionFaults.map(({ partition, fault, mend }) => ({
    kind: 'partition',
    name: partition,
    difference: 'changed',
    expected: 'as its parent asks',
    live: fault,
    sql: [mend],
    destroys: false,
  }))
