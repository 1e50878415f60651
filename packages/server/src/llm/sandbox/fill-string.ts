import { formatCandidates } from './formats.ts'
import { fromPattern } from './from-pattern.ts'
import type { Material } from './material.ts'
import type { Place } from './place.ts'
import { numberOf, type SchemaNode } from './schema-node.ts'
import { slugify, titleCase } from './words.ts'
import { fits, type StringBounds, writeString } from './write-string.ts'

export interface StringContext {
  readonly material: Material
  readonly random: () => number
  /** Titles that this answer has already. */
  readonly taken: Set<string>
}

/** A text that fits the format, pattern and lengths of a node, and the place where it can. */
export function fillString({ material, random, taken }: StringContext, place: Place, node: SchemaNode): string {
  const minLength = numberOf(node['minLength'], 0)
  const bounds: StringBounds = {
    minLength,
    maxLength: Math.max(minLength, numberOf(node['maxLength'], Number.POSITIVE_INFINITY)),
  }
  const pattern = typeof node['pattern'] === 'string' ? compilePattern(node['pattern']) : undefined
  const accepts = (text: string) => fits(text, bounds) && (pattern?.test(text) ?? true)
  const format = typeof node['format'] === 'string' ? node['format'] : ''

  const formatted = formatCandidates(format, material, place, random)
  const fitting = formatted?.find(accepts)
  if (fitting !== undefined) return fitting
  if (formatted && !pattern) return lengthenFormatted(formatted, format, bounds)
  const text = writeString(material, place, bounds, taken)
  if (!pattern) return text
  const words = material.keywords[place.index % Math.max(1, material.keywords.length)] ?? material.topic
  const natural = [text, text.replace(/[.!?]+$/, ''), titleCase(words), words, slugify(words), slugify(material.topic)]
  const forms = natural.flatMap((one) => [
    one,
    one.toLowerCase(),
    one.toUpperCase(),
    `#${one.replaceAll(/[^\p{L}\p{N}]/gu, '')}`,
  ])
  return forms.find(accepts) ?? searchPattern(pattern.source, random, accepts) ?? text
}

function compilePattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u')
  } catch {
    return undefined
  }
}

/** Tries short texts first, then longer ones, for a pattern that lengths narrow. */
function searchPattern(source: string, random: () => number, accepts: (text: string) => boolean): string | undefined {
  for (const extent of [0, 1, 3, 8, 20, 60, 200]) {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const text = fromPattern(source, random, extent)
      if (accepts(text)) return text
    }
  }
  return undefined
}

/** An address can be as long as is asked where its first part takes more letters. */
function lengthenFormatted(candidates: readonly string[], format: string, bounds: StringBounds): string {
  const best = candidates.find((text) => text.length <= bounds.maxLength) ?? candidates[0] ?? ''
  const missing = Math.max(0, bounds.minLength - best.length)
  if (missing === 0) return best
  if (/mail/.test(format)) return `${'a'.repeat(missing)}${best}`
  return /ur|ir/.test(format) ? `${best}${best.endsWith('/') ? '' : '/'}`.padEnd(bounds.minLength, 'a') : best
}
