import { RunStatus } from '@neonhub/contract'
import { Anchor, Button, Center, Code, NativeSelect, Skeleton, Stack } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { runsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { RunTable } from '../components/run-table.tsx'
import { statusText } from '../format/run-status.ts'
import { RunsIcon } from '../icons.tsx'

const route = getRouteApi('/app/runs')
const firstRun = `npx neonhub brand import examples/pinwright
npx neonhub run CampaignAgent launch-campaign --brand pinwright --input examples/pinwright/brief.yaml`
const statusOptions = [
  { value: '', label: 'All statuses' },
  ...RunStatus.options.map((value) => ({ value, label: statusText(value) })),
]

export function RunsPage() {
  const { api } = useServices()
  const { status } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(runsQuery(api, status))
  const runs = query.data?.pages.flatMap((page) => page.runs) ?? []
  return (
    <>
      <PageHeader
        title="Runs"
        description="What your agents were asked, newest first. The list renews itself."
        actions={
          <NativeSelect
            aria-label="Status"
            data={statusOptions}
            value={status ?? ''}
            onChange={(event) => {
              const chosen = RunStatus.safeParse(event.currentTarget.value).data
              void navigate({ search: chosen === undefined ? {} : { status: chosen } })
            }}
          />
        }
      />
      <Stack>
        {query.error && (
          <ProblemNotice title="The runs could not be read" error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <RunsSkeleton />}
        {query.data && runs.length > 0 && <RunTable runs={runs} />}
        {query.data && runs.length === 0 && <NoRuns status={status} />}
        {query.hasNextPage && (
          <Center>
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older runs
            </Button>
          </Center>
        )}
      </Stack>
    </>
  )
}

function NoRuns({ status }: { readonly status: RunStatus | undefined }) {
  if (status !== undefined) {
    return (
      <EmptyState icon={RunsIcon} title={`No run is in the state “${statusText(status)}”`}>
        Choose another status above to see the others.
      </EmptyState>
    )
  }
  return (
    <EmptyState icon={RunsIcon} title="No runs yet">
      <Stack gap="xs" align="center">
        <span>
          Start the first one from{' '}
          <Anchor component={Link} to="/agents" size="sm">
            Agents
          </Anchor>
          , or on the machine that NeonHub runs on. It needs no key: the sandbox answers in place of a model.
        </span>
        <Code block ta="left">
          {firstRun}
        </Code>
      </Stack>
    </EmptyState>
  )
}

const RunsSkeleton = () => (
  <Stack gap="xs" aria-label="Loading the runs" aria-busy>
    {['a', 'b', 'c', 'd', 'e'].map((key) => (
      <Skeleton key={key} height={52} radius="md" />
    ))}
  </Stack>
)
