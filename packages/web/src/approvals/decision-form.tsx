import { type Approval, routes } from '@neonhub/contract'
import { Button, Group, Stack, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { CheckIcon, CrossIcon } from '../icons.tsx'

/** Yes or no to an approval. A yes names the fingerprint of what this screen showed, so it cannot fall on anything else. */
export function DecisionForm({ approval }: { readonly approval: Approval }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [note, setNote] = useState('')
  const decide = useMutation({
    mutationFn: (decision: 'approve' | 'deny') => {
      const said = note.trim() === '' ? {} : { note: note.trim() }
      const params = { id: approval.id }
      return decision === 'approve'
        ? api.call(routes.approve, { params, body: { argumentsHash: approval.argumentsHash, ...said } })
        : api.call(routes.deny, { params, body: said })
    },
    onSuccess: (_answer, decision) => {
      notifyDone(decision === 'approve' ? 'Approved. The run goes on.' : 'Denied. The agent goes on from the refusal.')
      return Promise.all([
        queryClient.invalidateQueries({ queryKey: ['approvals'] }),
        queryClient.invalidateQueries({ queryKey: ['run'] }),
      ])
    },
  })
  return (
    <Stack gap="sm">
      {decide.error && <ProblemNotice title="The decision was not taken" error={decide.error} />}
      <Textarea
        label="Note"
        description="Optional. It stays on record with the decision."
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={1}
        maxLength={2000}
      />
      <Group gap="sm">
        <Button
          leftSection={<CheckIcon size={16} />}
          loading={decide.isPending && decide.variables === 'approve'}
          disabled={decide.isPending}
          onClick={() => decide.mutate('approve')}
        >
          Approve
        </Button>
        <Button
          variant="default"
          leftSection={<CrossIcon size={16} />}
          loading={decide.isPending && decide.variables === 'deny'}
          disabled={decide.isPending}
          onClick={() => decide.mutate('deny')}
        >
          Deny
        </Button>
      </Group>
    </Stack>
  )
}
