import type { Network } from '../_lib/schemas.ts'

/** What a network takes. */
export interface NetworkRules {
  readonly name: string
  /** Longest post, as the network counts. */
  readonly limit: number
  /** What reads well there; the text itself is asked to stay below it. */
  readonly usualLength: number
  readonly hashtags: number
  /** Whether a link in the text can be followed. */
  readonly linksWork: boolean
  readonly form: string
}

/**
 * X: 280 weighted characters (docs.x.com, "Counting characters"). LinkedIn: 3,000 characters. Instagram: captions of
 * 2,200 characters and 30 hashtags, in which links are no links.
 */
export const networkRules: Readonly<Record<Network, NetworkRules>> = {
  x: {
    name: 'X',
    limit: 280,
    usualLength: 200,
    hashtags: 2,
    linksWork: true,
    form: 'One thought, in one or two sentences.',
  },
  linkedin: {
    name: 'LinkedIn',
    limit: 3000,
    usualLength: 900,
    hashtags: 4,
    linksWork: true,
    form: 'Two or three short paragraphs; the first line must make sense alone.',
  },
  instagram: {
    name: 'Instagram',
    limit: 2200,
    usualLength: 600,
    hashtags: 8,
    linksWork: false,
    form: 'A caption below a picture: the first sentence carries it.',
  },
}

/** X counts each link as this many characters, whatever its length (t.co). */
const linkWeight = 23

/** Code points that X counts once; all others count twice (twitter-text, configuration version 3). */
const lightRanges = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
] as const

/** Characters of a post as its network counts them. */
export function postLength(text: string, network: Network): number {
  if (network !== 'x') return [...text].length
  const links = text.match(/https?:\/\/\S+/g) ?? []
  const rest = [...text.replaceAll(/https?:\/\/\S+/g, '')]
  const weights = rest.reduce((sum, character) => {
    const point = character.codePointAt(0) ?? 0
    return sum + (lightRanges.some(([first, last]) => point >= first && point <= last) ? 1 : 2)
  }, 0)
  return weights + links.length * linkWeight
}

/**
 * The post as it goes out: the text, where the reader goes next, and as many hashtags as fit. A text that is too long by
 * itself loses its last sentences.
 */
export function composePost(
  {
    text,
    hashtags,
    callToAction,
  }: {
    readonly text: string
    readonly hashtags: readonly string[]
    readonly callToAction: { readonly label: string; readonly url: string } | undefined
  },
  network: Network,
): { readonly text: string; readonly hashtags: readonly string[]; readonly length: number } {
  const { limit, hashtags: most, linksWork } = networkRules[network]
  const next =
    callToAction &&
    (linksWork ? `${callToAction.label}: ${callToAction.url}` : `${callToAction.label}: the link is in our profile.`)
  const join = (body: string, tags: readonly string[]) =>
    [body, next, tags.join(' ')].filter((part) => part !== undefined && part !== '').join('\n\n')
  let body = text.trim()
  while (postLength(join(body, []), network) > limit) {
    const shorter = body.replace(/(?:^|\s+)[^.!?]*[.!?]*[”"’')]*\s*$/u, '').trim()
    body =
      shorter.length > 0 && shorter.length < body.length
        ? shorter
        : [...body]
            .slice(0, -10)
            .join('')
            .replace(/\s+\S*$/, '')
    if (body === '') break
  }
  const tags: string[] = []
  for (const tag of tidyHashtags(hashtags).slice(0, most)) {
    if (postLength(join(body, [...tags, tag]), network) <= limit) tags.push(tag)
  }
  const whole = join(body, tags)
  return { text: whole, hashtags: tags, length: postLength(whole, network) }
}

/** Hashtags as networks take them: letters and digits after the mark, none twice whatever the case. */
export function tidyHashtags(hashtags: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return hashtags
    .map((tag) => tag.replaceAll(/[^\p{L}\p{N}_]/gu, ''))
    .filter((tag) => /\p{L}/u.test(tag) && !seen.has(tag.toLowerCase()) && seen.add(tag.toLowerCase()))
    .map((tag) => `#${tag}`)
}
