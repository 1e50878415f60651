import { type Feedback, routes } from '@neonhub/contract'
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { contentFeedbackQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { useMe } from '../shell/use-me.ts'

/** What members say of a piece; the next writer for the brand is told it. */
export function ContentFeedback({ contentId }: { readonly contentId: string }) {
  const { api } = useServices()
  const { may } = useMe()
  const { data } = useQuery(contentFeedbackQuery(api, contentId))
  return (
    <Stack gap="xs" mt="md" component="section" aria-label="Feedback">
      {data?.feedback
        .filter((one) => one.withdrawnAt === undefined)
        .map((one) => (
          <FeedbackLine key={one.id} feedback={one} />
        ))}
      {may('runs:write') && <FeedbackForm contentId={contentId} />}
    </Stack>
  )
}

function FeedbackLine({ feedback: { id, verdict, remark, isCurrent, createdAt } }: { readonly feedback: Feedback }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const withdraw = useMutation({
    mutationFn: () => api.call(routes.withdrawFeedback, { params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['feedback'] }),
    onError: notifyFailure('It could not be withdrawn'),
  })
  return (
    <Group gap="xs">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        <b>{verdict === 'up' ? 'Good' : 'Not good'}</b>
        {remark !== '' && `: ${remark}`}{' '}
        <Text span c="dimmed">
          <Moment at={createdAt} />
          {!isCurrent && ', of an earlier version'}
        </Text>
      </Text>
      {may('runs:write') && (
        <Button size="compact-xs" variant="subtle" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
          Withdraw
        </Button>
      )}
    </Group>
  )
}

function FeedbackForm({ contentId }: { readonly contentId: string }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [remark, setRemark] = useState('')
  const give = useMutation({
    mutationFn: (verdict: Feedback['verdict']) =>
      api.call(routes.giveFeedback, { body: { contentId, verdict, remark } }),
    onSuccess: () => {
      setRemark('')
      return queryClient.invalidateQueries({ queryKey: ['feedback'] })
    },
    onError: notifyFailure('It could not be kept'),
  })
  return (
    <Group gap="xs">
      <TextInput
        size="xs"
        w={320}
        aria-label="What should be different"
        placeholder="What should be different? The next writer is told."
        maxLength={2000}
        value={remark}
        onChange={(event) => setRemark(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" disabled={give.isPending} onClick={() => give.mutate('up')}>
        Good
      </Button>
      <Button size="xs" variant="default" disabled={give.isPending} onClick={() => give.mutate('down')}>
        Not good
      </Button>
    </Group>
  )
}
