import { type AnswerOf, type ConnectorCatalogueEntry, routes } from '@neonhub/contract'
import { useMutation } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { notifyFailure } from '../components/notify.ts'

/** What to connect: a new account under a name, or a connection anew. */
export interface ConsentTarget {
  readonly name: string
  readonly connectionId: string | undefined
}

/** Sends this browser to a provider for the consent to connect an account; it comes back to `/connections/callback`. */
export function useConsent({ id, name: connectorName }: Pick<ConnectorCatalogueEntry, 'id' | 'name'>) {
  const { api } = useServices()
  return useMutation({
    mutationFn: ({ name, connectionId }: ConsentTarget): Promise<AnswerOf<typeof routes.authorizeConnection, 201>> =>
      api.call(routes.authorizeConnection, {
        body: { connector: id, ...(connectionId === undefined ? { name } : { connectionId }) },
      }),
    onSuccess: ({ authorizeUrl }) => window.location.assign(authorizeUrl),
    onError: notifyFailure(`${connectorName} could not be asked for its consent`),
  })
}
