import { type Connection, routes } from '@neonhub/contract'
import { Button, Skeleton, Stack } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { createApi } from '../api/api-client.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'

const route = getRouteApi('/app/connections/callback/$connector')

/** Where a provider sends people back to: finishes what they began on the connections page. */
export function ConnectCallbackPage() {
  const { connector } = route.useParams()
  // Not by the router, which would read a code of digits alone as a number.
  const [returned] = useState(() => Object.fromEntries(new URLSearchParams(window.location.search)))
  const finished = useFinish(connector, returned)
  return (
    <>
      <PageHeader
        title="Connecting the account"
        description={
          finished.error ? 'What the provider sent you back with did not do.' : 'The answer is being checked.'
        }
      />
      <Stack maw={640}>
        {finished.isPending && <Skeleton height={96} radius="md" aria-label="Connecting the account" />}
        {finished.error && (
          <>
            <ProblemNotice title="The account was not connected" error={finished.error} />
            <Button component={Link} to="/connections" variant="default" style={{ alignSelf: 'flex-start' }}>
              To the connections
            </Button>
          </>
        )}
      </Stack>
    </>
  )
}

function useFinish(connector: string, { state = '', code, error, iss }: Readonly<Record<string, string>>) {
  const { api, organizationChoice } = useServices()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  // The state begins with the organization in which it began, which may not be the one that is chosen by now.
  const organization = state.slice(0, Math.max(0, state.indexOf('.')))
  // A query and no mutation, because it is asked once however often this is drawn: a state is good for one return.
  const finished = useQuery({
    queryKey: ['connect-callback', state],
    queryFn: (): Promise<Connection> =>
      createApi({ fetch: (...call) => fetch(...call), organization: () => organization || undefined }).call(
        routes.finishAuthorization,
        { body: { connector, state, code, error, iss } },
      ),
    retry: false,
    staleTime: Infinity,
    refetchOnMount: false,
  })
  const connection = finished.data
  useEffect(() => {
    if (!connection) return
    const isElsewhere = organization !== organizationChoice.current()
    if (isElsewhere) organizationChoice.choose(organization)
    notifyDone(`${connection.name} is connected.`)
    const reread = () => queryClient.invalidateQueries({ queryKey: ['connections'] })
    // Told on the connection itself, where it does not work.
    void api.call(routes.checkConnection, { params: { id: connection.id } }).then(reread, reread)
    void navigate({ to: '/connections', replace: true }).then(() =>
      isElsewhere ? queryClient.resetQueries() : reread(),
    )
  }, [connection, organization, organizationChoice, queryClient, navigate, api])
  return finished
}
