import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useServices } from '../api/use-api.ts'

/** A function that goes on in another organization. Nothing of the one before stays in memory. */
export function useOrganizationSwitch(): (organizationId: string) => Promise<void> {
  const { organizationChoice } = useServices()
  const queryClient = useQueryClient()
  const router = useRouter()
  return async (organizationId) => {
    organizationChoice.choose(organizationId)
    await router.navigate({ to: '/runs' })
    await queryClient.cancelQueries()
    // Reset, not cleared: what is on the screen asks again at once.
    await queryClient.resetQueries()
    await router.invalidate()
  }
}
