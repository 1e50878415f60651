/** Whether a request's `If-None-Match` names the version that it would get (RFC 9110, 13.1.2: compared weakly). */
export function isNoneMatch(field: string | undefined, tag: string): boolean {
  if (field === undefined) return false
  return field.split(',').some((part) => {
    const one = part.trim()
    return one === '*' || one.replace(/^W\//, '') === `"${tag}"`
  })
}
