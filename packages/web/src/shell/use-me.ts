import type { Me, Permission } from '@neonhub/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { meQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'

/** Who is signed in. The guard of the pages has asked before they open. */
export function useMe(): Me & { readonly may: (permission: Permission) => boolean } {
  const { api } = useServices()
  const { data } = useSuspenseQuery(meQuery(api))
  return { ...data, may: (permission) => data.permissions.includes(permission) }
}
