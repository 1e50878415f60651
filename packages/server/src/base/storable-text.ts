const replacement = '\uFFFD'

/** A text that a database takes: NUL, which PostgreSQL has no place for, and half surrogate pairs become U+FFFD. */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', replacement)
}

/** Whether a database takes the text as it is. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** The path (`a.b[0]`) of the first text or key in a JSON value that no database takes; undefined where all are fine. */
export function findUnstorableText(value: unknown): string | undefined {
  // Not recursive: a request may nest deeper than the stack.
  const open: { readonly path: string; readonly value: unknown }[] = [{ path: '', value }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { path, value: found } = next
    if (typeof found === 'string' && !isStorableText(found)) return path || '(root)'
    if (typeof found !== 'object' || found === null) continue
    for (const [key, member] of Object.entries(found)) {
      if (!isStorableText(key)) return path || '(root)'
      const step = Array.isArray(found) ? `[${key}]` : path === '' ? key : `.${key}`
      open.push({ path: path + step, value: member })
    }
  }
  return undefined
}
