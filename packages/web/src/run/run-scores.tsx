import { routes, type RunScore } from '@neonhub/contract'
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { runScoresQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { useMe } from '../shell/use-me.ts'

/** What people make of a run; whoever may start runs may mark one. */
export function RunScores({ runId }: { readonly runId: string }) {
  const { api } = useServices()
  const { may } = useMe()
  const { data } = useQuery(runScoresQuery(api, runId))
  return (
    <Stack gap="xs" component="section" aria-label="Marks">
      {data?.scores.map((score) => (
        <ScoreLine key={score.id} score={score} />
      ))}
      {may('runs:write') && <ScoreForm runId={runId} />}
    </Stack>
  )
}

function ScoreLine({ score: { name, value, stepKey, comment, createdAt } }: { readonly score: RunScore }) {
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      <b>{Math.round(value * 100)} %</b> for {name}
      {stepKey !== undefined && ` of ${stepKey}`}
      {comment !== '' && `: ${comment}`}{' '}
      <Text span c="dimmed">
        <Moment at={createdAt} />
      </Text>
    </Text>
  )
}

function ScoreForm({ runId }: { readonly runId: string }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [comment, setComment] = useState('')
  const score = useMutation({
    mutationFn: (value: number) => api.call(routes.createRunScore, { params: { id: runId }, body: { value, comment } }),
    onSuccess: () => {
      setComment('')
      return queryClient.invalidateQueries({ queryKey: ['run-scores', runId] })
    },
    onError: notifyFailure('The mark could not be kept'),
  })
  return (
    <Group gap="xs">
      <TextInput
        size="xs"
        w={260}
        aria-label="What you make of this run"
        placeholder="What you make of this run"
        maxLength={2000}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" disabled={score.isPending} onClick={() => score.mutate(1)}>
        Good
      </Button>
      <Button size="xs" variant="default" disabled={score.isPending} onClick={() => score.mutate(0)}>
        Bad
      </Button>
    </Group>
  )
}
