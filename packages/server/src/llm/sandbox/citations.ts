import type { Material } from './material.ts'
import type { Place } from './place.ts'
import { nameWords } from './words.ts'

/** Whether a property asks for ids of sources. */
export function asksForSources(name: string): boolean {
  const words = nameWords(name)
  return (
    /\b(?:citations?|references?|cited|source ids?|sources|source|source refs?|evidence ids?|grounding)\b/.test(
      words,
    ) && !/\b(?:count|url|title|name|type|text|quote)\b/.test(words)
  )
}

/** The ids that an object may cite, those that it drew on first. Without any it names the best source there is. */
export function citableIds(material: Material, place: Place): readonly string[] {
  const known = material.sources.map(({ id }) => id)
  const drawnOn = known.filter((id) => place.used.has(id))
  const focus = place.focus ? [place.focus.id] : []
  const first = drawnOn.length > 0 ? drawnOn : focus.length > 0 ? focus : known.slice(0, 1)
  return [...first, ...known.filter((id) => !first.includes(id))]
}

/** How many of `citableIds` the object really drew on. */
export function drawnOnCount(material: Material, place: Place): number {
  return material.sources.filter(({ id }) => place.used.has(id)).length
}
