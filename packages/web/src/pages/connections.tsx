import { type Connection, routes } from '@neonhub/contract'
import { Box, Button, Code, Group, Paper, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { connectionsQuery, connectorsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { SandboxBadge } from '../components/cost.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { JsonView } from '../components/json-view.tsx'
import { Moment } from '../components/moment.tsx'
import { Notice } from '../components/notice.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { Status } from '../components/status.tsx'
import { ActionList } from '../connections/action-list.tsx'
import { AuthorizationLine, ConnectAgainButton } from '../connections/connect-again.tsx'
import { ConnectorList } from '../connections/connector-list.tsx'
import { ConnectionIcon, WarningIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'

export function ConnectionsPage() {
  const { api } = useServices()
  const query = useQuery(connectionsQuery(api))
  return (
    <>
      <PageHeader
        title="Connections"
        description="The accounts that agents act through. Their credentials are sealed and never shown."
      />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The connections could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={120} radius="md" aria-label="Loading the connections" />}
        {query.data?.connections.map((connection) => (
          <ConnectionCard key={connection.id} connection={connection} />
        ))}
        {query.data?.connections.length === 0 && (
          <EmptyState icon={ConnectionIcon} title="No connections yet">
            Add one with <Code>npx neonhub connections add NAME --connector email --file smtp.yaml</Code>.
          </EmptyState>
        )}
        <ConnectorList />
      </Stack>
    </>
  )
}

function ConnectionCard({ connection }: { readonly connection: Connection }) {
  const { may } = useMe()
  const { name, connector, mode, status, settings, hasCredentials, lastError, lastCheckedAt, authorization } =
    connection
  const { api } = useServices()
  const { data } = useQuery(connectorsQuery(api))
  const consenting = data?.connectors.find((one) => one.id === connector && one.consent?.isConfigured === true)
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Box>
            <Group gap="xs">
              <Title order={2}>{name}</Title>
              {mode === 'sandbox' && <SandboxBadge />}
            </Group>
            <Text size="sm" c="dimmed">
              {connector} · {hasCredentials ? 'credentials stored' : 'no credentials'} ·{' '}
              {lastCheckedAt === undefined ? (
                'never checked'
              ) : (
                <>
                  checked <Moment at={lastCheckedAt} />
                </>
              )}
            </Text>
          </Box>
          <Group gap="md">
            <Status status={status} />
            {may('connections:write') && consenting && (
              <ConnectAgainButton connection={connection} connector={consenting} />
            )}
            {may('connections:write') && <CheckButton connection={connection} />}
          </Group>
        </Group>
        {authorization && <AuthorizationLine authorization={authorization} />}
        <BreakerNotice connection={connection} />
        {lastError !== undefined && (
          <Notice tone="bad" icon={WarningIcon} title="The last call did not work">
            <Text size="sm">{lastError}</Text>
          </Notice>
        )}
        {Object.keys(settings).length > 0 && <JsonView label="Settings" value={settings} />}
        <ActionList connection={connection} />
      </Stack>
    </Paper>
  )
}

/** Says that calls fail by the provider's fault, and until when they are paused. */
function BreakerNotice({ connection }: { readonly connection: Connection }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const resume = useMutation({
    mutationFn: () => api.call(routes.resumeConnection, { params: { id: connection.id } }),
    onSuccess: (answer) => {
      notifyDone(`Calls of ${answer.name} leave again.`)
      return queryClient.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: notifyFailure(`Calls of ${connection.name} are still paused`),
  })
  const { breaker } = connection
  if (!breaker) return null
  const { faults, openUntil, error } = breaker
  const title = `The last ${faults === 1 ? 'call' : `${faults} calls`} failed`
  return (
    <Notice tone="bad" icon={WarningIcon} title={title}>
      <Text size="sm">{error}</Text>
      {openUntil !== undefined && (
        <Group gap="sm" mt="xs">
          <Text size="sm">
            Calls are paused until <Moment at={openUntil} />. One then tries, and the others follow once it succeeds.
          </Text>
          {may('connections:write') && (
            <Button size="xs" variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
              Let calls go now<VisuallyHidden> on {connection.name}</VisuallyHidden>
            </Button>
          )}
        </Group>
      )}
    </Notice>
  )
}

function CheckButton({ connection }: { readonly connection: Connection }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const check = useMutation({
    mutationFn: () => api.call(routes.checkConnection, { params: { id: connection.id } }),
    onSuccess: (answer) => {
      if (answer.lastError === undefined) notifyDone(`${answer.name} works.`)
      return queryClient.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: notifyFailure(`${connection.name} could not be checked`),
  })
  return (
    <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
      Check<VisuallyHidden> {connection.name}</VisuallyHidden>
    </Button>
  )
}
