import { type ChangeTask, type Member, type Task, routes } from '@neonhub/contract'
import { Anchor, Badge, Button, Group, NativeSelect, Paper, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'

interface TaskCardProps {
  readonly task: Task
  /** Whom it can be given to. */
  readonly members: readonly Member[]
}

/** A task: what is to be done, who does it, and where it comes from. */
export function TaskCard({ task, members }: TaskCardProps) {
  const { may } = useMe()
  const { title, description, status, priority, brand, assignee, dueAt, runId, createdAt } = task
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article" aria-label={title}>
      <Stack gap="sm">
        <Group justify="space-between" gap="sm" wrap="nowrap" align="flex-start">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Text>
          <Status status={status} />
        </Group>
        {description !== '' && (
          <Text size="sm" lineClamp={8} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {description}
          </Text>
        )}
        <Group gap="xs">
          {priority !== 'normal' && <Badge variant="light">{priority} priority</Badge>}
          {brand !== undefined && <Badge variant="default">{brand}</Badge>}
          <Text size="sm" c="dimmed" component="div">
            {assignee === undefined ? 'Anybody’s' : `For ${assignee.name}`}
            {dueAt !== undefined && (
              <>
                {' · due '}
                <Moment at={dueAt} />
              </>
            )}
            {runId === undefined ? ' · written ' : ' · left by run '}
            {runId !== undefined && (
              <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}>
                …{runId.slice(-6)}
              </Anchor>
            )}{' '}
            <Moment at={createdAt} />
          </Text>
        </Group>
        {may('tasks:write') && <TaskActions task={task} members={members} />}
      </Stack>
    </Paper>
  )
}

function TaskActions({ task: { id, status, title, assignee }, members }: TaskCardProps) {
  const { api } = useServices()
  const { user } = useMe()
  const queryClient = useQueryClient()
  const change = useMutation({
    mutationFn: (body: ChangeTask) => api.call(routes.changeTask, { params: { id }, body }),
    onSuccess: () =>
      Promise.all(['tasks', 'notifications'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
    onError: notifyFailure('The task could not be changed'),
  })
  const isOver = status === 'done' || status === 'cancelled'
  const which = <VisuallyHidden> {title}</VisuallyHidden>
  const isKnown = assignee === undefined || members.some(({ userId }) => userId === assignee.userId)
  return (
    <Group gap="xs">
      <NativeSelect
        size="xs"
        aria-label={`Who does ${title}`}
        value={assignee?.userId ?? ''}
        disabled={change.isPending}
        onChange={({ currentTarget: { value } }) => change.mutate({ assigneeId: value === '' ? null : value })}
        data={[
          { value: '', label: 'Anybody' },
          ...members.map(({ userId, name }) => ({
            value: userId,
            label: userId === user?.id ? `${name} (you)` : name,
          })),
          ...(isKnown ? [] : [{ value: assignee.userId, label: assignee.name }]),
        ]}
      />
      {isOver ? (
        <Button
          size="xs"
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate({ status: 'open' })}
        >
          Open again{which}
        </Button>
      ) : (
        <>
          {status === 'open' && (
            <Button
              size="xs"
              variant="default"
              loading={change.isPending}
              onClick={() =>
                change.mutate({ status: 'in_progress', ...(assignee || !user ? {} : { assigneeId: user.id }) })
              }
            >
              Begin{which}
            </Button>
          )}
          <Button size="xs" loading={change.isPending} onClick={() => change.mutate({ status: 'done' })}>
            Mark as done{which}
          </Button>
          <Button
            size="xs"
            variant="subtle"
            loading={change.isPending}
            onClick={() => change.mutate({ status: 'cancelled' })}
          >
            Call off{which}
          </Button>
        </>
      )}
    </Group>
  )
}
