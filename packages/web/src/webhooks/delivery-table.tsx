import { routes, type Trigger, type WebhookDelivery } from '@neonhub/contract'
import { Button, Code, Paper, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { triggersQuery, webhookDeliveriesQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'

/** What other programs told, and which runs it starts. */
export function DeliveryTable() {
  const { api } = useServices()
  const triggers = useQuery(triggersQuery(api))
  const deliveries = useQuery(webhookDeliveriesQuery(api))
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Events that came in
        </Title>
        {(triggers.error ?? deliveries.error) && (
          <ProblemNotice
            title="The events could not be read"
            error={triggers.error ?? deliveries.error}
            onRetry={() => void Promise.all([triggers.refetch(), deliveries.refetch()])}
          />
        )}
        {triggers.data?.triggers.map((trigger) => (
          <TriggerLine key={trigger.id} trigger={trigger} />
        ))}
        {triggers.data?.triggers.length === 0 && (
          <Text size="sm" c="dimmed">
            No event starts a run yet. The address for a provider is shown by{' '}
            <Code>npx neonhub webhooks inbound CONNECTION</Code>, and a trigger added by{' '}
            <Code>npx neonhub webhooks triggers add --file trigger.yaml</Code>.
          </Text>
        )}
        {deliveries.data && deliveries.data.deliveries.length > 0 && (
          <Deliveries deliveries={deliveries.data.deliveries} />
        )}
      </Stack>
    </Paper>
  )
}

function TriggerLine({ trigger }: { readonly trigger: Trigger }) {
  const { name, connection, eventTypes, agent, intent, brand, isEnabled } = trigger
  return (
    <Text size="sm">
      <b>{name}</b>: {eventTypes.join(', ')} of {connection} start {agent} {intent}
      {brand !== undefined && ` for ${brand}`}
      {!isEnabled && ' (switched off)'}
    </Text>
  )
}

function Deliveries({ deliveries }: { readonly deliveries: readonly WebhookDelivery[] }) {
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table aria-label="Newest events">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Connection</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Happened</Table.Th>
            <Table.Th>
              <VisuallyHidden>Retry</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function DeliveryRow({ delivery }: { readonly delivery: WebhookDelivery }) {
  const { may } = useMe()
  const { eventType, connection, status, occurredAt, error } = delivery
  const canRetry = (status === 'failed' || status === 'ignored') && may('webhooks:write')
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{eventType}</Table.Td>
      <Table.Td>{connection}</Table.Td>
      <Table.Td>
        <Status status={status} />
        {error !== undefined && (
          <Text size="xs" c="dimmed">
            {error.message}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Moment at={occurredAt} />
      </Table.Td>
      <Table.Td>{canRetry && <RetryButton delivery={delivery} />}</Table.Td>
    </Table.Tr>
  )
}

function RetryButton({ delivery }: { readonly delivery: WebhookDelivery }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const retry = useMutation({
    mutationFn: () => api.call(routes.retryWebhookDelivery, { params: { id: delivery.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['webhook-deliveries'] }),
    onError: notifyFailure('The event could not be worked again'),
  })
  return (
    <Button size="compact-xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
      Retry<VisuallyHidden> {delivery.eventType}</VisuallyHidden>
    </Button>
  )
}
