import { routes, type Schedule } from '@neonhub/contract'
import { Box, Button, Code, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { formatMoment } from '../format/time.ts'
import { useMe } from '../shell/use-me.ts'
import { FiringTable } from './firing-table.tsx'

/** A schedule: what it asks for, when it is due next, and what came of its newest times. */
export function ScheduleCard({ schedule }: { readonly schedule: Schedule }) {
  const { may } = useMe()
  const { name, agent, intent, brand, cron, timeZone, enabled, nextTimes } = schedule
  const next = nextTimes.map((time) => formatMoment(time, { timeZone })).join(' · ')
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm" align="flex-start">
          <Box miw={0} flex="1 1 260px">
            <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Title>
            <Text size="sm" c="dimmed">
              {agent} {intent}
              {brand !== undefined && ` for ${brand}`} · <Code>{cron}</Code> {timeZone}
            </Text>
          </Box>
          <Group gap="md">
            <Status status={enabled ? 'enabled' : 'paused'} />
            {may('schedules:write') && <ScheduleActions schedule={schedule} />}
          </Group>
        </Group>
        {enabled && <Text size="sm">{next === '' ? 'No time is left.' : `Next (${timeZone}): ${next}`}</Text>}
        <FiringTable scheduleId={schedule.id} />
      </Stack>
    </Paper>
  )
}

function ScheduleActions({ schedule: { id, name, enabled } }: { readonly schedule: Schedule }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: ['schedules'] }),
      queryClient.invalidateQueries({ queryKey: ['schedule-firings', id] }),
    ])
  const fire = useMutation({
    mutationFn: () => api.call(routes.fireSchedule, { params: { id } }),
    onSuccess: ({ status }) => {
      if (status === 'started') notifyDone('The run is on its way.')
      return refresh()
    },
    onError: notifyFailure('The schedule could not be fired'),
  })
  const turn = useMutation({
    mutationFn: () => api.call(enabled ? routes.pauseSchedule : routes.resumeSchedule, { params: { id } }),
    onSuccess: refresh,
    onError: notifyFailure('The schedule could not be changed'),
  })
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" loading={fire.isPending} onClick={() => fire.mutate()}>
        Fire now<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
      <Button size="xs" variant="default" loading={turn.isPending} onClick={() => turn.mutate()}>
        {enabled ? 'Pause' : 'Resume'}
        <VisuallyHidden> {name}</VisuallyHidden>
      </Button>
    </Group>
  )
}
