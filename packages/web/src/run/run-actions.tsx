import { routes, type RunDetail } from '@neonhub/contract'
import { Button, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { runKey } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { ForkButton } from '../fork/fork-button.tsx'
import { canResume, isOver } from '../format/run-status.ts'
import { ResumeIcon, StopIcon } from '../icons.tsx'

/** What can be done with a run as it stands. */
export function RunActions({ run }: { readonly run: RunDetail }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: runKey(run.id) }),
      queryClient.invalidateQueries({ queryKey: ['runs'] }),
    ])
  const cancel = useMutation({
    mutationFn: () => api.call(routes.cancelRun, { params: { id: run.id } }),
    onSuccess: () => {
      notifyDone('The run is being cancelled. What happened stays on record.')
      return refresh()
    },
    onError: notifyFailure('The run could not be cancelled'),
  })
  const resume = useMutation({
    mutationFn: () => api.call(routes.resumeRun, { params: { id: run.id } }),
    onSuccess: () => {
      notifyDone('The run is back on the queue. Finished steps keep their results.')
      return refresh()
    },
    onError: notifyFailure('The run could not be resumed'),
  })
  return (
    <Group gap="xs">
      {canResume(run.status) && (
        <Button leftSection={<ResumeIcon size={16} />} loading={resume.isPending} onClick={() => resume.mutate()}>
          Resume
        </Button>
      )}
      {run.parentRunId === undefined && <ForkButton run={run} />}
      {!isOver(run.status) && (
        <Button
          variant="default"
          leftSection={<StopIcon size={16} />}
          loading={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          Cancel run
        </Button>
      )}
    </Group>
  )
}
