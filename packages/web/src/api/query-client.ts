import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'

const retries = 2

/** Makes the cache of the server's answers. `onSignedOut` is called when the session is found to be over. */
export function createQueryClient({ onSignedOut }: { readonly onSignedOut: () => void }): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        // The guard of the pages asks for `me` itself, and decides what its refusal means.
        if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== 'me') onSignedOut()
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => error instanceof ApiError && error.retryable && failures < retries,
        // What lies on another machine on the same desk is reachable without the internet.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}
