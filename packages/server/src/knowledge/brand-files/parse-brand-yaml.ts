import { z } from 'zod'
import { parseYamlFile } from './parse-yaml-file.ts'
import { slugify } from './slugify.ts'

const line = z.string().trim().min(1).max(300)

const BrandYaml = z.strictObject({
  name: line,
  slug: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'may have lower case letters, digits and single hyphens')
    .optional(),
  description: z.string().trim().max(4000).optional(),
  website: z
    .url({ protocol: /^https?$/, error: 'must be a whole web address, such as https://example.com' })
    .optional(),
  language: z.string().trim().transform(canonicalLanguage).optional(),
  audience: z.string().trim().max(4000).optional(),
  industry: line.optional(),
  timezone: z.string().refine(isTimeZone, 'must be an IANA time zone, such as Europe/Berlin').optional(),
  values: z.array(line).max(50).optional(),
})

/** What `brand.yaml` says. Only the name is needed; without the file, the folder's name is the brand's. */
export interface BrandProfile {
  readonly name: string
  readonly slug: string
  readonly description: string | undefined
  readonly website: string | undefined
  /** BCP 47 tag. */
  readonly language: string | undefined
  readonly audience: string | undefined
  readonly industry: string | undefined
  /** IANA time zone. */
  readonly timezone: string | undefined
  readonly values: readonly string[]
}

/** Parses `brand.yaml`. An unknown key is an error, because it is most often a misspelt one. Throws `knowledge.brand_file`. */
export function parseBrandYaml(text: string, file = 'brand.yaml'): BrandProfile {
  const { name, slug, description, website, language, audience, industry, timezone, values } = parseYamlFile(text, {
    file,
    schema: BrandYaml,
  })
  const rest = { description, website, language, audience, industry, timezone }
  return { name, slug: slug ?? slugify(name), ...rest, values: values ?? [] }
}

/** The brand of a folder that does not describe itself: `acme-shoes` → “Acme shoes”. */
export function brandFromName(folderName: string): BrandProfile {
  const words = folderName.replaceAll(/[-_.\s]+/g, ' ').trim()
  const name = words === '' ? 'Brand' : words.charAt(0).toUpperCase() + words.slice(1)
  const unknown = { description: undefined, website: undefined, language: undefined, audience: undefined }
  return { name, slug: slugify(words), ...unknown, industry: undefined, timezone: undefined, values: [] }
}

function canonicalLanguage(tag: string, context: z.RefinementCtx): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? tag
  } catch (error) {
    // How Intl answers for text that is no language tag.
    if (!(error instanceof RangeError)) throw error
    context.addIssue({ code: 'custom', message: 'must be a language tag, such as en or pt-BR' })
    return z.NEVER
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    // How Intl answers for a zone that it does not know.
    if (error instanceof RangeError) return false
    throw error
  }
}
