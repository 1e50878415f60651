import type { Material } from './material.ts'
import type { Place } from './place.ts'
import { clip, nameWords, slugify } from './words.ts'

/**
 * Texts of a JSON Schema format, best first: what the facts or sources hold, else one from the ranges that are set aside
 * for examples (RFC 2606 names, RFC 5737 and RFC 3849 addresses). Undefined for a format that is not known.
 */
export function formatCandidates(
  format: string,
  material: Material,
  place: Place,
  random: () => number,
): readonly string[] | undefined {
  const slug = slugify(clip(material.topic, 40))
  const given = [
    JSON.stringify(material.prompt.facts),
    material.prompt.task,
    ...material.sources.map(({ text }) => text),
  ].join('\n')
  const find = (pattern: RegExp) => [...given.matchAll(pattern)].map(([text]) => text)
  switch (format) {
    case 'email':
    case 'idn-email':
      return [...rotate(find(/[\w.+-]+@[\w-]+\.[\w.-]*\w/g), place.index), `${slug}@example.com`, 'a@b.co']
    case 'uri':
    case 'url':
    case 'iri':
    case 'uri-reference':
    case 'iri-reference':
      return [
        ...rotate(find(/https?:\/\/[^\s"'<>)\]]*[\w/]/g), place.index),
        `https://example.com/${slug}`,
        'https://example.com',
        'a:b',
      ]
    case 'date':
      return [...rotate(find(/\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])\b/g), place.index), day(place.index)]
    case 'date-time':
      return [
        ...rotate(find(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g), place.index),
        `${day(place.index)}T09:00:00Z`,
        `${day(place.index)}T09:00:00.000Z`,
      ]
    case 'time':
      return /local|wall/.test(nameWords(place.name)) ? ['09:00:00'] : ['09:00:00Z', '09:00:00']
    case 'duration':
      return [`P${place.index + 1}D`]
    case 'uuid':
      return [uuid(random)]
    case 'hostname':
    case 'idn-hostname':
      return [`${slug.slice(0, 40)}.example.com`, 'a.co']
    case 'ipv4':
      return [`192.0.2.${(place.index % 250) + 1}`]
    case 'ipv6':
      return [`2001:db8::${(place.index % 250) + 1}`]
    case 'json-pointer':
      return [`/${slug}`, '']
    case 'regex':
      return ['.*']
    case 'byte':
    case 'base64':
      return [Buffer.from(slug).toString('base64')]
    default:
      return undefined
  }
}

/** A Monday of 2030 and the days after it: far enough that nobody takes it for the publication date. */
function day(index: number): string {
  return new Date(Date.UTC(2030, 0, 7 + index)).toISOString().slice(0, 10)
}

/** A version 4 UUID (RFC 9562 §5.4) from the answer's own random numbers, so that it is the same every time. */
function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16))
  hex[12] = '4'
  hex[16] = '89ab'[Math.floor(random() * 4)] ?? '8'
  const text = hex.join('')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}

function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
