/** What a part of a regular expression can be: literals, sets, groups, and how often each comes. */
type Part =
  | { readonly kind: 'set'; readonly characters: readonly string[] }
  | { readonly kind: 'group'; readonly branches: readonly (readonly Repeat[])[] }

interface Repeat {
  readonly part: Part
  readonly least: number
  readonly most: number
}

const printable = Array.from({ length: 95 }, (_value, index) => String.fromCharCode(32 + index))
const range = (from: string, to: string) =>
  Array.from({ length: Math.max(0, to.charCodeAt(0) - from.charCodeAt(0) + 1) }, (_value, index) =>
    String.fromCharCode(from.charCodeAt(0) + index),
  )
const digits = range('0', '9')
const wordCharacters = [...range('a', 'z'), ...range('A', 'Z'), ...digits, '_']
const classes: Readonly<Record<string, readonly string[]>> = {
  d: digits,
  D: printable.filter((character) => !digits.includes(character)),
  w: wordCharacters,
  W: printable.filter((character) => !wordCharacters.includes(character)),
  s: [' '],
  S: printable.slice(1),
  n: ['\n'],
  r: ['\r'],
  t: ['\t'],
}

/**
 * Texts that may match a regular expression, for patterns of letters, sets, groups, alternatives and counts. Look-around
 * and back-references are read over, so each text is to be tested before it is used. `extent` says how far repeats go
 * beyond their least: 0 gives the shortest texts.
 */
export function fromPattern(pattern: string, random: () => number, extent: number): string {
  const reader = createReader(pattern)
  return write(reader.branches(), random, extent)
}

function write(branches: readonly (readonly Repeat[])[], random: () => number, extent: number): string {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]
  return (pick(branches) ?? [])
    .map(({ part, least, most }) => {
      const count = Math.min(most, least + Math.round(random() * extent))
      const once = () => (part.kind === 'set' ? (pick(part.characters) ?? '') : write(part.branches, random, extent))
      return Array.from({ length: count }, once).join('')
    })
    .join('')
}

function createReader(pattern: string) {
  let at = 0
  const peek = () => pattern[at]
  const take = () => pattern[at++] ?? ''
  const takeIf = (text: string) => pattern.startsWith(text, at) && ((at += text.length), true)

  const branches = (): readonly (readonly Repeat[])[] => {
    const all: (readonly Repeat[])[] = []
    do all.push(sequence())
    while (takeIf('|'))
    return all
  }
  const sequence = (): readonly Repeat[] => {
    const repeats: Repeat[] = []
    while (at < pattern.length && peek() !== '|' && peek() !== ')') {
      const part = atom()
      const [least, most] = count()
      if (part) repeats.push({ part, least, most })
    }
    return repeats
  }
  const atom = (): Part | undefined => {
    const character = take()
    if (character === '^' || character === '$') return undefined
    if (character === '.') return set(wordCharacters)
    if (character === '[') return set(characterSet())
    if (character === '(') return group()
    if (character === '\\') return escaped()
    return set([character])
  }
  const group = (): Part | undefined => {
    const isLook = ['?=', '?!', '?<=', '?<!'].some(takeIf)
    if (!isLook && !takeIf('?:') && takeIf('?<')) while (take() !== '>' && at < pattern.length);
    const inner = branches()
    takeIf(')')
    return isLook ? undefined : { kind: 'group', branches: inner }
  }
  const escaped = (): Part | undefined => {
    const character = take()
    if (character === 'b' || character === 'B') return undefined
    if (character === 'u' || character === 'x' || character === 'p' || character === 'P')
      return set(codePoint(character))
    return set(classes[character] ?? [character])
  }
  const codePoint = (kind: string): readonly string[] => {
    if (kind === 'p' || kind === 'P') {
      const name = /^\{([^}]*)\}/.exec(pattern.slice(at))
      at += name?.[0].length ?? 0
      return name?.[1]?.startsWith('N') ? digits : range('a', 'z')
    }
    const hex = (kind === 'x' ? /^[\da-f]{2}/i : /^(?:[\da-f]{4}|\{[\da-f]+\})/i).exec(pattern.slice(at))?.[0] ?? ''
    at += hex.length
    return [String.fromCodePoint(Number.parseInt(hex.replaceAll(/[{}]/g, '') || '61', 16))]
  }
  const characterSet = (): readonly string[] => {
    const isNegated = takeIf('^')
    const members: string[] = []
    const member = (): readonly string[] => {
      const character = take()
      if (character !== '\\') return [character]
      const name = take()
      if (name === 'u' || name === 'x' || name === 'p' || name === 'P') return codePoint(name)
      return classes[name] ?? [name]
    }
    while (at < pattern.length && peek() !== ']') {
      const low = member()
      const isRange = low.length === 1 && peek() === '-' && pattern[at + 1] !== ']' && pattern[at + 1] !== undefined
      if (isRange) {
        take()
        members.push(...range(low[0] ?? '', member()[0] ?? ''))
      } else members.push(...low)
    }
    take()
    return isNegated ? printable.filter((character) => !members.includes(character)) : members
  }
  const count = (): readonly [number, number] => {
    const braces = /^\{(\d+)(,?)(\d*)\}/.exec(pattern.slice(at))
    let bounds: readonly [number, number] = [1, 1]
    if (braces) {
      at += braces[0].length
      const least = Number(braces[1])
      bounds = [least, braces[3] ? Number(braces[3]) : braces[2] ? Number.POSITIVE_INFINITY : least]
    } else if (takeIf('*')) bounds = [0, Number.POSITIVE_INFINITY]
    else if (takeIf('+')) bounds = [1, Number.POSITIVE_INFINITY]
    else if (takeIf('?')) return [0, 1]
    takeIf('?')
    return bounds
  }
  return { branches }
}

function set(characters: readonly string[]): Part {
  return { kind: 'set', characters }
}
