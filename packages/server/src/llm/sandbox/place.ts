import type { PromptSource } from '../spec.ts'

/** Where in an answer a value goes: what the writers go by. */
export interface Place {
  readonly name: string
  readonly description: string
  /** Position in the nearest array, so that its items differ; `isItem` where it is the array's own item. */
  readonly index: number
  readonly isItem: boolean
  readonly depth: number
  /** The source that this part of the answer is about. */
  readonly focus: PromptSource | undefined
  /** Only the focus may speak here: a citation must not quote another source than the one that it names. */
  readonly isQuoting: boolean
  /** One of several like it: it takes its share of the material and no more. */
  readonly isListed: boolean
  /** Ids of the sources that this object and what is in it draw on. */
  readonly used: Set<string>
  readonly parent: Place | undefined
}

export const rootPlace = (name: string): Place => ({
  name,
  description: '',
  index: 0,
  isItem: false,
  depth: 0,
  focus: undefined,
  isQuoting: false,
  isListed: false,
  used: new Set(),
  parent: undefined,
})

/** Notes that a source was drawn on, here and in everything around. */
export function noteSource(place: Place | undefined, sourceId: string): void {
  if (!place || sourceId === '') return
  place.used.add(sourceId)
  noteSource(place.parent, sourceId)
}
