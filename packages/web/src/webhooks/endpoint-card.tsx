import { routes, type WebhookEndpoint } from '@neonhub/contract'
import { Badge, Box, Button, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { Notice } from '../components/notice.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { WarningIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { MessageTable } from './message-table.tsx'

/** An endpoint: what it is told of, how it does, and its newest messages. */
export function EndpointCard({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const { may } = useMe()
  const { url, description, eventTypes, status, disabledReason, failingSince, pending, createdAt } = endpoint
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm" align="flex-start">
          <Box miw={0} flex="1 1 260px">
            <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
              {url}
            </Title>
            <Text size="sm" c="dimmed">
              {description !== '' && `${description} · `}
              {pending === 0 ? 'nothing waits' : `${pending} waiting`} · added <Moment at={createdAt} />
            </Text>
          </Box>
          <Group gap="md">
            <Status status={status} />
            {may('webhooks:write') && <EndpointActions endpoint={endpoint} />}
          </Group>
        </Group>
        <Group gap={6}>
          {eventTypes.map((type) => (
            <Badge key={type} variant="default" tt="none" fw={500}>
              {type}
            </Badge>
          ))}
        </Group>
        {disabledReason !== undefined && (
          <Notice tone="bad" icon={WarningIcon} title="Nothing is sent there">
            <Text size="sm">{disabledReason}. What waits is kept until it is enabled.</Text>
          </Notice>
        )}
        {disabledReason === undefined && failingSince !== undefined && (
          <Notice tone="bad" icon={WarningIcon} title="No attempt works">
            <Text size="sm">
              Every attempt has failed since <Moment at={failingSince} />. After three days it is disabled.
            </Text>
          </Notice>
        )}
        <MessageTable endpointId={endpoint.id} />
      </Stack>
    </Paper>
  )
}

function EndpointActions({ endpoint: { id, url, status } }: { readonly endpoint: WebhookEndpoint }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: ['webhook-endpoints'] }),
      queryClient.invalidateQueries({ queryKey: ['webhook-messages', id] }),
    ])
  const test = useMutation({
    mutationFn: () => api.call(routes.testWebhookEndpoint, { params: { id } }),
    onSuccess: () => {
      notifyDone('The test event is on its way.')
      return refresh()
    },
    onError: notifyFailure('The test event could not be sent'),
  })
  const isDisabled = status === 'disabled'
  const turn = useMutation({
    mutationFn: () =>
      isDisabled
        ? api.call(routes.enableWebhookEndpoint, { params: { id } })
        : api.call(routes.disableWebhookEndpoint, { params: { id }, body: {} }),
    onSuccess: refresh,
    onError: notifyFailure('The endpoint could not be changed'),
  })
  return (
    <Group gap="xs">
      {!isDisabled && (
        <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
          Test<VisuallyHidden> {url}</VisuallyHidden>
        </Button>
      )}
      <Button size="xs" variant="default" loading={turn.isPending} onClick={() => turn.mutate()}>
        {isDisabled ? 'Enable' : 'Disable'}
        <VisuallyHidden> {url}</VisuallyHidden>
      </Button>
    </Group>
  )
}
