import { routes, type WebhookMessage } from '@neonhub/contract'
import { Button, Table, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { webhookMessagesQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'

/** The newest messages of an endpoint; one that is over can be sent again. */
export function MessageTable({ endpointId }: { readonly endpointId: string }) {
  const { api } = useServices()
  const { data } = useQuery(webhookMessagesQuery(api, endpointId))
  if (!data) return null
  if (data.messages.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        It has not been told of anything yet.
      </Text>
    )
  }
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table aria-label="Newest messages">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Attempts</Table.Th>
            <Table.Th>At</Table.Th>
            <Table.Th>
              <VisuallyHidden>Send again</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.messages.map((message) => (
            <MessageRow key={message.id} message={message} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function MessageRow({ message }: { readonly message: WebhookMessage }) {
  const { may } = useMe()
  const { eventType, status, attempts, createdAt, nextAt } = message
  const isOver = status === 'delivered' || status === 'failed'
  return (
    <Table.Tr>
      <Table.Td>{eventType}</Table.Td>
      <Table.Td>
        <Status status={status} />
      </Table.Td>
      <Table.Td>{attempts}</Table.Td>
      <Table.Td>
        <Moment at={createdAt} />
        {nextAt !== undefined && attempts > 0 && (
          <Text size="xs" c="dimmed">
            again <Moment at={nextAt} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>{isOver && may('webhooks:write') && <RedeliverButton message={message} />}</Table.Td>
    </Table.Tr>
  )
}

function RedeliverButton({ message }: { readonly message: WebhookMessage }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const redeliver = useMutation({
    mutationFn: () => api.call(routes.redeliverWebhookMessage, { params: { id: message.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['webhook-messages', message.endpointId] }),
    onError: notifyFailure('The message could not be sent again'),
  })
  return (
    <Button size="compact-xs" variant="default" loading={redeliver.isPending} onClick={() => redeliver.mutate()}>
      Send again<VisuallyHidden> {message.eventType}</VisuallyHidden>
    </Button>
  )
}
