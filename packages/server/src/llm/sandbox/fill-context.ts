import type { CheckValue } from './check-value.ts'
import type { StringContext } from './fill-string.ts'
import type { Place } from './place.ts'
import type { SchemaNode } from './schema-node.ts'

/** What the parts of the filling share. */
export interface FillContext extends StringContext {
  readonly root: SchemaNode
  readonly check: CheckValue
  /** Values that have been filled: past a limit only what is required is filled, so that a wide schema ends. */
  filled: number
  readonly fill: (node: SchemaNode, place: Place) => unknown
}

/** Deeper than this, recursive schemas are brought to their end. */
const deepest = 6
const mostValues = 1500

/** Whether it is time to come to an end: nothing optional from here on. */
export function isSpare(context: FillContext, place: Place): boolean {
  return place.depth >= deepest || context.filled > mostValues
}
