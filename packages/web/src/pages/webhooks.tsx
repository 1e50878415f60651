import { Code, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { webhookEndpointsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { WebhookIcon } from '../icons.tsx'
import { DeliveryTable } from '../webhooks/delivery-table.tsx'
import { EndpointCard } from '../webhooks/endpoint-card.tsx'

export function WebhooksPage() {
  const { api } = useServices()
  const query = useQuery(webhookEndpointsQuery(api))
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Other programs that are told of what happens here, and events of theirs that came in."
      />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The endpoints could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={120} radius="md" aria-label="Loading the endpoints" />}
        {query.data?.endpoints.map((endpoint) => (
          <EndpointCard key={endpoint.id} endpoint={endpoint} />
        ))}
        {query.data?.endpoints.length === 0 && (
          <EmptyState icon={WebhookIcon} title="Nobody is told of events yet">
            Add an address with <Code>npx neonhub webhooks endpoints add https://… --events run.failed approval.*</Code>
            .
          </EmptyState>
        )}
        <DeliveryTable />
      </Stack>
    </>
  )
}
