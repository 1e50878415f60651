import { type Notification, routes } from '@neonhub/contract'
import { Anchor, Badge, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { kindWords } from './kind-words.ts'

/** One thing that asks for a person, with the way to it. */
export function NotificationCard({ notification }: { readonly notification: Notification }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const { id, kind, facts, count, lastAt, resolvedAt, unread } = notification
  const read = useMutation({
    mutationFn: () => api.call(routes.readNotification, { params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['notifications'] }),
    onError: notifyFailure('It could not be marked as read'),
  })
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label={kindWords[kind]}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={4} miw={0}>
          <Group gap="xs">
            <Text fw={unread ? 700 : 400}>{kindWords[kind]}</Text>
            {count > 1 && <Badge variant="light">{count} times</Badge>}
            {resolvedAt !== undefined && (
              <Badge variant="light" color="teal">
                resolved
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {Object.values(facts).map(String).join(' · ')} <Moment at={lastAt} />
          </Text>
          <SubjectLink notification={notification} onOpen={() => unread && read.mutate()} />
        </Stack>
        {unread && (
          <Button variant="subtle" size="compact-sm" onClick={() => read.mutate()} loading={read.isPending}>
            Mark as read
          </Button>
        )}
      </Group>
    </Paper>
  )
}

const pages = {
  connection: { to: '/connections', label: 'Open the connections' },
  budget: { to: '/budgets', label: 'Open the budgets' },
  schedule: { to: '/schedules', label: 'Open the schedules' },
  webhook_endpoint: { to: '/webhooks', label: 'Open the webhooks' },
  member: { to: '/members', label: 'Open the members' },
  task: { to: '/tasks', label: 'Open the tasks' },
  training_job: { to: '/voices', label: 'Open the voices' },
} as const

function SubjectLink({
  notification: { kind, subject },
  onOpen,
}: {
  readonly notification: Notification
  readonly onOpen: () => void
}) {
  if (kind === 'approval_requested')
    return (
      <Anchor component={Link} to="/approvals" size="sm" onClick={onOpen}>
        Open the approvals
      </Anchor>
    )
  if (subject.type === 'run')
    return (
      <Anchor component={Link} to={`/runs/${subject.id}`} size="sm" onClick={onOpen}>
        Open the run
      </Anchor>
    )
  const { to, label } = pages[subject.type]
  return (
    <Anchor component={Link} to={to} size="sm" onClick={onOpen}>
      {label}
    </Anchor>
  )
}
