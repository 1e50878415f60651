import { routes, type ToolExecution } from '@neonhub/contract'
import { Anchor, Button, DataList, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { toolExecutionQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { SandboxBadge } from '../components/cost.tsx'
import { Fact } from '../components/fact.tsx'
import { JsonView } from '../components/json-view.tsx'
import { Notice } from '../components/notice.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { PreviewView } from '../components/preview-view.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { RecordedErrorNotice } from '../components/recorded-error-notice.tsx'
import { formatCost } from '../format/cost.ts'
import { formatMoment } from '../format/time.ts'
import { ApprovalsIcon, QuestionIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'

const effectTexts = {
  read: 'reads only',
  idempotent: 'a second call changes nothing more',
  lookup: 'looked up at the provider before a second call',
  once: 'never called a second time',
} as const satisfies Record<ToolExecution['effect'], string>

export function ToolDetails({ execution }: { readonly execution: ToolExecution }) {
  return (
    <>
      {execution.status === 'unknown' ? (
        <SettleForm execution={execution} />
      ) : (
        execution.error && <RecordedErrorNotice error={execution.error} />
      )}
      {execution.status === 'awaiting_approval' && (
        <Notice tone="wait" icon={ApprovalsIcon} title="It waits for a person">
          <Anchor component={Link} to="/approvals" size="sm">
            Decide it
          </Anchor>
        </Notice>
      )}
      <DataList gap={6} labelWidth="110px">
        <Fact name="Tool">{execution.tool}</Fact>
        <Fact name="Effect">{effectTexts[execution.effect]}</Fact>
        {execution.mode !== undefined && (
          <Fact name="Service">{execution.mode === 'sandbox' ? <SandboxBadge /> : 'real'}</Fact>
        )}
        {execution.cost && <Fact name="Cost">{formatCost(execution.cost.micros, execution.cost)}</Fact>}
        {execution.adSpend && <Fact name="For ads">{formatCost(execution.adSpend.micros, execution.adSpend)}</Fact>}
        {execution.attempt > 0 && <Fact name="Attempt">{execution.attempt}</Fact>}
        {execution.startedAt !== undefined && <Fact name="Began">{formatMoment(execution.startedAt)}</Fact>}
        {execution.finishedAt !== undefined && <Fact name="Ended">{formatMoment(execution.finishedAt)}</Fact>}
      </DataList>
      {execution.simulation && (
        <Text size="sm">
          Simulated: nothing has left. {execution.simulation.asksApproval ? 'It would have asked for a yes.' : ''}{' '}
          {execution.simulation.heldUntil === undefined
            ? ''
            : `It would have waited until ${formatMoment(execution.simulation.heldUntil)}.`}{' '}
          {execution.simulation.budget}
        </Text>
      )}
      <PreviewView preview={execution.preview} />
      <ExactArguments execution={execution} />
      {execution.result !== undefined && <JsonView label="Result" value={execution.result} />}
    </>
  )
}

/** What the call carries, byte for byte: a preview says it in words, and a yes is bound to this. */
function ExactArguments({ execution }: { readonly execution: ToolExecution }) {
  const { api } = useServices()
  const query = useQuery(toolExecutionQuery(api, execution))
  if (query.error)
    return (
      <ProblemNotice title="The arguments could not be read" error={query.error} onRetry={() => void query.refetch()} />
    )
  if (!query.data) return <Skeleton height={96} radius="md" aria-label="Loading the arguments" />
  return (
    <div>
      <JsonView label="Exact arguments" value={query.data.arguments} />
      <Text size="xs" c="dimmed" mt={4}>
        Fingerprint <code>{query.data.argumentsHash.slice(0, 12)}</code>
      </Text>
    </div>
  )
}

/** Asks a person what happened to a call that was cut off: only they can look at the other side. */
function SettleForm({ execution }: { readonly execution: ToolExecution }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const settle = useMutation({
    mutationFn: (outcome: 'succeeded' | 'failed') =>
      api.call(routes.settleToolExecution, { params: { id: execution.id }, body: { outcome } }),
    onSuccess: () => {
      notifyDone('Settled. The run goes on.')
      return queryClient.invalidateQueries({ queryKey: ['run'] })
    },
    onError: notifyFailure('The call could not be settled'),
  })
  return (
    <Notice tone="wait" icon={QuestionIcon} title="Did this happen?">
      <Stack gap="xs">
        <Text size="sm">
          {execution.error?.message ?? 'The call was cut off before its answer came'}. Look at the other side and say
          what you find: it is not called again before you do.
        </Text>
        {may('approvals:decide') ? (
          <Group gap="xs">
            <Button size="xs" variant="default" loading={settle.isPending} onClick={() => settle.mutate('succeeded')}>
              It happened
            </Button>
            <Button size="xs" variant="default" loading={settle.isPending} onClick={() => settle.mutate('failed')}>
              It did not happen
            </Button>
          </Group>
        ) : (
          <Text size="sm">Your role may not settle it. Ask an owner or admin.</Text>
        )}
      </Stack>
    </Notice>
  )
}
