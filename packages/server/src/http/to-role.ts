import type { Role as RoleAnswer } from '@neonhub/contract'
import type { Role } from '../identity/index.ts'

/** A role as the contract shows it. */
export function toRole({ permissions, ...role }: Role): RoleAnswer {
  return { ...role, permissions: [...permissions] }
}
