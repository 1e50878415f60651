import { useRef } from 'react'

/** A request that is sent again after an answer was lost starts no second run; one that was changed starts another. */
export function useIdempotencyKey(): (body: string) => string {
  const last = useRef<{ readonly body: string; readonly key: string }>(undefined)
  return (body) => {
    if (last.current?.body !== body) {
      // Not randomUUID: browsers have it on HTTPS and localhost only.
      const bytes = crypto.getRandomValues(new Uint8Array(16))
      last.current = { body, key: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') }
    }
    return last.current.key
  }
}
