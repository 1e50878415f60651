import { redirect } from '@tanstack/react-router'
import { ApiError } from './api/api-error.ts'
import { meQuery } from './api/queries.ts'
import type { RouterContext } from './router.tsx'

/** Makes sure that someone is signed in before a page opens; leads to the sign-in otherwise. */
export async function requireSession(context: RouterContext, href: string): Promise<void> {
  const { api, queryClient, organizationChoice } = context
  try {
    await queryClient.ensureQueryData(meQuery(api))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 401) throw redirect({ to: '/sign-in', search: { to: href } })
    // This browser remembers an organization that the user has left since.
    if (error.code !== 'identity.organization_unknown' || organizationChoice.current() === undefined) throw error
    organizationChoice.choose(undefined)
    await queryClient.ensureQueryData(meQuery(api))
  }
}
