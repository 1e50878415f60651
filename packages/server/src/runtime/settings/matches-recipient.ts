/**
 * Whether a recipient is one of those that an entry of a policy means: the same address, channel or URL whatever its
 * case; `@example.com` for every address of exactly that domain; `https://example.com` for every URL there. An entry
 * never means more than it says: a subdomain, a "+tag" and another spelling of a channel are not meant.
 */
export function matchesRecipient(entry: string, recipient: string): boolean {
  const meant = entry.trim().toLowerCase()
  const reached = recipient.trim().toLowerCase()
  if (meant === reached) return true
  if (meant.startsWith('@')) return meant.length > 1 && domainOf(reached) === meant.slice(1)
  const origin = originOf(meant)
  return origin !== undefined && origin === meant && originOf(reached) === origin
}

/** The recipients that no entry means. */
export function recipientsBeyond(entries: readonly string[], recipients: readonly string[]): readonly string[] {
  return recipients.filter((recipient) => !entries.some((entry) => matchesRecipient(entry, recipient)))
}

/** What follows the last @, which is where mail goes; undefined for what is no address. */
function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf('@')
  return at > 0 ? address.slice(at + 1) : undefined
}

const originOf = (text: string) => (/^https?:/.test(text) && URL.canParse(text) ? new URL(text).origin : undefined)
