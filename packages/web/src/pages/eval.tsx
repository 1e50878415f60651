import { type EvalDetail, routes } from '@neonhub/contract'
import { Anchor, Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { evalQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { ComparisonTable } from '../evals/comparison-table.tsx'
import { EvalAnswers } from '../evals/eval-answers.tsx'
import { EvalStatusSign } from '../evals/eval-history.tsx'
import { EvalScores } from '../evals/eval-scores.tsx'
import { useMe } from '../shell/use-me.ts'

const route = getRouteApi('/app/evals/$evalId')

/** One eval: what got worse, its scores, how they compare, and every answer. */
export function EvalPage() {
  const { evalId } = route.useParams()
  const { api } = useServices()
  const { data, error, isPending, refetch } = useQuery(evalQuery(api, evalId))
  return (
    <Stack>
      {error && <ProblemNotice title="The eval could not be read" error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton height={240} radius="md" aria-label="Loading the eval" />}
      {data && <EvalView detail={data} />}
    </Stack>
  )
}

function EvalView({ detail }: { readonly detail: EvalDetail }) {
  const { dataset, note, agent, intent, createdAt, isSandbox, waitingFor, comparison } = detail
  return (
    <>
      <PageHeader
        title={note === '' ? dataset : note}
        description={
          <>
            <Anchor size="sm" renderRoot={(props) => <Link to="/evals" {...props} />}>
              {dataset}
            </Anchor>{' '}
            · {agent} {intent} · <Moment at={createdAt} />
          </>
        }
        actions={
          <Group>
            <EvalStatusSign one={detail} />
            <CancelButton detail={detail} />
          </Group>
        }
      />
      {isSandbox && (
        <Text size="sm" c="dimmed">
          No model was asked: the sandbox wrote the answers, so the scores say nothing of a model.
        </Text>
      )}
      {waitingFor && <Text size="sm">{waitingFor.message}</Text>}
      {comparison && <GotWorse comparison={comparison} />}
      <EvalScores detail={detail} />
      {comparison && <ComparisonTable comparison={comparison} />}
      <EvalAnswers detail={detail} />
    </>
  )
}

function GotWorse({
  comparison: { worse, newlyFailed },
}: {
  readonly comparison: NonNullable<EvalDetail['comparison']>
}) {
  if (worse.length + newlyFailed.length === 0) return null
  return (
    <Paper withBorder radius="md" p="md" component="section" aria-label="Worse than before">
      <Title order={2} size="h4" mb="xs">
        Worse than before
      </Title>
      {newlyFailed.map((name) => (
        <Text size="sm" key={name}>
          {name}: its run failed, and had succeeded before
        </Text>
      ))}
      {worse.slice(0, 10).map((one) => (
        <Text size="sm" key={`${one.case} ${one.evaluator}`}>
          {one.case}, {one.evaluator}: {one.before.toFixed(2)} → {one.after.toFixed(2)}
        </Text>
      ))}
      {worse.length > 10 && <Text size="sm">and {worse.length - 10} more</Text>}
    </Paper>
  )
}

function CancelButton({ detail: { id, status } }: { readonly detail: EvalDetail }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => api.call(routes.cancelEval, { params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['eval', id] }),
    onError: notifyFailure('The eval could not be called off'),
  })
  if (status !== 'running' || !may('runs:write')) return null
  return (
    <Button size="xs" variant="subtle" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      Call it off
    </Button>
  )
}
