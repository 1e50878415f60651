import { sha256 } from '../../base/json.ts'

const maxLength = 63

/**
 * A name as it may stand in a URL: lower case ASCII letters, digits and single hyphens, at most 63 of them. A name
 * without any such letter (`花王`) becomes `brand-` and the start of its hash, so that the same name gives the same slug.
 */
export function slugify(name: string): string {
  const slug = name
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('Ø', 'O')
    .replaceAll('&', ' and ')
    .normalize('NFKD')
    .replaceAll(/[\p{M}'’]/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, maxLength)
    .replaceAll(/^-+|-+$/g, '')
  return slug === '' ? `brand-${sha256(name).slice(0, 8)}` : slug
}
