import { z } from 'zod'
import { parseAddress } from '../address.ts'
import type { ConsentEvidence, ConsentPurpose, ConsentStatus, ContactChannel } from '../spec.ts'
import { hasEvidence } from '../record-consent.ts'

/** The columns that an import knows; a file may have others, which are left aside. */
export const importColumns = [
  'email',
  'phone',
  'whatsapp',
  'name',
  'language',
  'topics',
  'consent',
  'consent_channel',
  'consent_purpose',
  'consent_evidence',
  'consented_at',
] as const
export type ImportColumn = (typeof importColumns)[number]

/** A line of a file as it was read: cells by column, and nothing where a cell is empty. */
export interface ImportLine {
  readonly line: number
  readonly cells: Readonly<Partial<Record<ImportColumn, string | undefined>>>
}

export interface ImportedAddress {
  readonly channel: ContactChannel
  readonly address: string
}

export interface ImportedConsent {
  readonly channel: ContactChannel
  readonly address: string
  readonly purpose: ConsentPurpose
  readonly status: ConsentStatus
  readonly evidence: ConsentEvidence
}

/** A line that says something that can be kept. */
export interface ParsedLine {
  readonly line: number
  readonly addresses: readonly ImportedAddress[]
  readonly name: string | undefined
  readonly language: string | undefined
  readonly topics: readonly string[]
  readonly consent: ImportedConsent | undefined
}

export interface RefusedLine {
  readonly line: number
  readonly reason: string
}

const oneLine = /^[^\p{Cc}\u2028\u2029]*$/u
const isDate = (text: string) => !Number.isNaN(Date.parse(text))

const Cells = z.object({
  name: z.string().max(200, 'must have at most 200 characters').regex(oneLine, 'must be one line').optional(),
  language: z
    .string()
    .max(35)
    .regex(/^[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR')
    .optional(),
  topics: z
    .string()
    .transform((text) => text.split(/[;|]/).flatMap((slug) => slug.trim().toLowerCase() || []))
    .pipe(
      z
        .array(
          z
            .string()
            .max(64)
            .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be slugs such as repair-tips'),
        )
        .max(20),
    )
    .optional(),
  consent: z
    .enum(['granted', 'revoked', 'denied', 'pending'], 'must be granted, revoked, denied or pending')
    .optional(),
  consent_channel: z.enum(['email', 'sms', 'whatsapp'], 'must be email, sms or whatsapp').optional(),
  consent_purpose: z.enum(['marketing', 'transactional'], 'must be marketing or transactional').optional(),
  consent_evidence: z.string().max(2000, 'must have at most 2,000 characters').optional(),
  consented_at: z.string().max(40).refine(isDate, 'must be a date such as 2026-05-31').optional(),
})

const channels = { email: 'email', phone: 'sms', whatsapp: 'whatsapp' } as const

/** What a line says, or why it cannot be taken. Never throws: one bad line must not hold up the others. */
export function parseImportLine({ line, cells }: ImportLine): ParsedLine | RefusedLine {
  const refuse = (reason: string): RefusedLine => ({ line, reason })
  const lower = { ...cells, ...lowered(cells, ['consent', 'consent_channel', 'consent_purpose']) }
  const parsed = Cells.safeParse(lower)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return refuse(`${String(issue?.path[0] ?? 'line')}: ${issue?.message ?? 'is wrong'}`)
  }
  const addresses: ImportedAddress[] = []
  for (const column of ['email', 'phone', 'whatsapp'] as const) {
    const text = cells[column]
    if (text === undefined) continue
    const address = parseAddress(channels[column], text)
    if (!address.ok) return refuse(`${column}: ${address.reason}`)
    addresses.push({ channel: channels[column], address: address.address })
  }
  if (addresses.length === 0) return refuse('It names no address: email, phone and whatsapp are empty')
  const { name, language, topics = [] } = parsed.data
  const consent = consentOf(parsed.data, addresses)
  return typeof consent === 'string' ? refuse(consent) : { line, addresses, name, language, topics, consent }
}

const lowered = (cells: ImportLine['cells'], columns: readonly ImportColumn[]) =>
  Object.fromEntries(
    columns.flatMap((column) => (cells[column] === undefined ? [] : [[column, cells[column].toLowerCase()]])),
  )

/** The consent of a line, undefined where it tells of none, or why it cannot be taken. */
function consentOf(
  cells: z.output<typeof Cells>,
  addresses: readonly ImportedAddress[],
): ImportedConsent | undefined | string {
  const { consent: status, consent_evidence: text, consented_at: consentedAt } = cells
  if (status === undefined) return undefined
  const found = addresses.find(({ channel }) => channel === (cells.consent_channel ?? addresses[0]?.channel))
  if (!found) return `consent_channel: the line has no address for ${cells.consent_channel}`
  const evidence = { text, givenAt: consentedAt === undefined ? undefined : new Date(consentedAt).toISOString() }
  if (status === 'granted' && !hasEvidence(evidence)) {
    return 'consent_evidence: is needed where consent is granted: when and how did they agree?'
  }
  return { ...found, purpose: cells.consent_purpose ?? 'marketing', status, evidence }
}
