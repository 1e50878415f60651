import { routes, type TrainingJob } from '@neonhub/contract'
import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'

/** Whether a worker still has it, or will. */
export const isUnfinished = ({ status }: TrainingJob) => status === 'queued' || status === 'running'

/** How far a voice is learned, and why it was not. */
export function TrainingJobRow({ job }: { readonly job: TrainingJob }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const { id, status, stage, progress, error, texts, trainingPassages, heldOutPassages, createdAt } = job
  const cancel = useMutation({
    mutationFn: () => api.call(routes.cancelTrainingJob, { params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['training-jobs'] }),
    onError: notifyFailure('The job could not be called off'),
  })
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label="Learning">
      <Stack gap="xs">
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            <Status status={status} />
            <Text size="sm" c="dimmed" component="div">
              asked <Moment at={createdAt} />
              {status === 'succeeded' &&
                ` · ${texts} texts, ${trainingPassages} passages to learn from, ${heldOutPassages} to judge by`}
            </Text>
          </Group>
          {isUnfinished(job) && may('brands:write') && (
            <Button size="xs" variant="subtle" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              Call it off
            </Button>
          )}
        </Group>
        {isUnfinished(job) && (
          <Group gap="sm" wrap="nowrap">
            <Progress value={progress} aria-label={`${stage}, ${progress} percent`} flex={1} animated />
            <Text size="sm">{stage}</Text>
          </Group>
        )}
        {error !== undefined && (
          <Text size="sm">
            {error.message}. {error.hint}
          </Text>
        )}
      </Stack>
    </Paper>
  )
}
