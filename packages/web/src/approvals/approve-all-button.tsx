import { type Approval, routes } from '@neonhub/contract'
import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { CheckIcon } from '../icons.tsx'

/**
 * Says yes to every approval of one run, after one question. Each yes names the fingerprint of what this screen showed;
 * what came to wait since is not covered.
 */
export function ApproveAllButton({ approvals }: { readonly approvals: readonly Approval[] }) {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant="light" size="xs" leftSection={<CheckIcon size={14} />} onClick={() => setOpened(true)}>
        Approve all of this run
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={`Approve all ${approvals.length}?`} centered>
        <Confirmation approvals={approvals} onClose={() => setOpened(false)} />
      </Modal>
    </>
  )
}

interface ConfirmationProps {
  readonly approvals: readonly Approval[]
  readonly onClose: () => void
}

function Confirmation({ approvals, onClose }: ConfirmationProps) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  // What is asked about must not change under the question: the list renews itself, and shrinks with every yes.
  const [shown] = useState(approvals)
  const approve = useMutation({
    mutationFn: async () => {
      const waiting = new Set(approvals.map(({ id }) => id))
      // One after the other: where one is refused, those before it are on record and the rest still wait.
      for (const { id, argumentsHash } of shown) {
        if (waiting.has(id)) await api.call(routes.approve, { params: { id }, body: { argumentsHash } })
      }
    },
    onSuccess: () => {
      notifyDone('All approved. The run goes on.')
      onClose()
    },
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['approvals'] }),
        queryClient.invalidateQueries({ queryKey: ['run'] }),
      ]),
  })
  return (
    <Stack>
      {approve.error && <ProblemNotice title="Not all could be approved" error={approve.error} />}
      <Text size="sm">A yes holds for exactly what this page shows, once:</Text>
      <List size="sm" spacing="xs">
        {shown.map(({ id, preview }) => (
          <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
            {preview.title}
            <Text size="xs" c="dimmed" lineClamp={3}>
              {preview.body}
            </Text>
          </List.Item>
        ))}
      </List>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          Not yet
        </Button>
        <Button loading={approve.isPending} onClick={() => approve.mutate()}>
          Approve {shown.length}
        </Button>
      </Group>
    </Stack>
  )
}
