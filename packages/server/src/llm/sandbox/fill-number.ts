import type { Material } from './material.ts'
import type { Place } from './place.ts'
import { numberOf, type SchemaNode } from './schema-node.ts'
import { nameWords } from './words.ts'
import { factNamed } from './write-string.ts'

/**
 * A number for the place: the fact of that name, else by what the name asks for. A score is the share of the task that
 * the sources cover, laid onto the range; a position counts on; a count is the number of sources; anything else is the
 * middle of its range, or in a list what its own source covers of the task.
 */
export function fillNumber(material: Material, place: Place, node: SchemaNode): number {
  const isInteger = [node['type']].flat().includes('integer') && ![node['type']].flat().includes('number')
  const step = numberOf(node['multipleOf'], isInteger ? 1 : 0)
  const exclusiveGap = step > 0 ? step : 1e-6
  const least = Math.max(numberOf(node['minimum'], -Infinity), numberOf(node['exclusiveMinimum'], -Infinity))
  const most = Math.min(numberOf(node['maximum'], Infinity), numberOf(node['exclusiveMaximum'], Infinity))
  const low = least === node['exclusiveMinimum'] ? least + gap(least, most, exclusiveGap) : least
  const high = most === node['exclusiveMaximum'] ? most - gap(least, most, exclusiveGap) : most
  const wanted = Math.min(high, Math.max(low, wantedNumber(material, place, { low, high })))
  return snap(wanted, { low, high, step: isInteger && !Number.isInteger(step) ? integerStep(step) : step })
}

/** How far inside an open bound to stay: never past the middle of a narrow range. */
function gap(least: number, most: number, usual: number): number {
  return Number.isFinite(least) && Number.isFinite(most) ? Math.min(usual, (most - least) / 2) : usual
}

function wantedNumber(material: Material, place: Place, { low, high }: { low: number; high: number }): number {
  const fact = factNamed(material, place.name)
  if (typeof fact === 'number') return fact
  const words = nameWords(place.name)
  const coverage = material.coverage(place.focus)
  const bounded = Number.isFinite(low) && Number.isFinite(high)
  if (/\b(?:score|confidence|relevance|coverage|probability|rating|quality|fit|likelihood|similarity)\b/.test(words)) {
    return bounded ? low + (high - low) * coverage : coverage
  }
  if (/\b(?:order|position|index|rank|step|number|priority|version)\b/.test(words)) return place.index + 1
  if (/\b(?:day|days|delay|offset|week|weeks)\b/.test(words)) return place.index * 2
  if (/\b(?:count|total|sources)\b/.test(words)) return material.sources.length
  if (bounded) return place.focus ? low + (high - low) * coverage : (low + high) / 2
  if (Number.isFinite(low)) return low + place.index
  if (Number.isFinite(high)) return high - place.index
  return place.index + 1
}

/** The multiple of the step nearest to the wanted number that lies in the range and divides without a rest. */
function snap(wanted: number, { low, high, step }: { low: number; high: number; step: number }): number {
  if (step <= 0) {
    const rounded = Number(wanted.toFixed(2))
    return rounded >= low && rounded <= high ? rounded : wanted
  }
  const first = Math.round(wanted / step)
  for (let distance = 0; distance <= 1000; distance += 1) {
    for (const multiple of [first + distance, first - distance]) {
      const value = multiple * step
      const tidy = Number(value.toPrecision(12))
      const found = [tidy, value].find(
        (candidate) => Number.isInteger(candidate / step) && candidate >= low && candidate <= high,
      )
      if (found !== undefined) return found === 0 ? 0 : found
    }
  }
  return wanted
}

/** The least whole number that a fractional step goes into. */
function integerStep(step: number): number {
  for (let multiple = 1; multiple <= 10_000; multiple += 1) {
    const value = Number((multiple * step).toPrecision(12))
    if (Number.isInteger(value)) return value
  }
  return 1
}
