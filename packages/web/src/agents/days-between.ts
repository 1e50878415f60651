const dayMs = 86_400_000

/** Each day from one to another, both included, as `2026-03-29`. Days as such have no clocks that change. */
export function daysBetween({ from, to }: { readonly from: string; readonly to: string }): readonly string[] {
  const count = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1)
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10),
  )
}
