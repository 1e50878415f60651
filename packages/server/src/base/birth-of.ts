/**
 * The moment at which a UUIDv7 was made (its first 48 bits are milliseconds since 1970, RFC 9562); undefined for other
 * UUIDs. The same for every attempt of an execution, so what is derived from it does not change between attempts.
 */
export function birthOf(uuid: string): Date | undefined {
  const digits = uuid.replaceAll('-', '')
  if (!/^[0-9a-f]{12}7[0-9a-f]{19}$/i.test(digits)) return undefined
  return new Date(Number.parseInt(digits.slice(0, 12), 16))
}

/** The least UUIDv7 of a millisecond: all that were made from then on are above it, in text as in PostgreSQL. */
export function smallestIdAt(moment: Date): string {
  const digits = moment.getTime().toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000000`
}
