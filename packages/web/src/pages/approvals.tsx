import { Box, Code, SegmentedControl, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { approvalsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { RunApprovals } from '../approvals/run-approvals.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { ApprovalsIcon } from '../icons.tsx'

const route = getRouteApi('/app/approvals')

export function ApprovalsPage() {
  const { api } = useServices()
  const { all } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useQuery(approvalsQuery(api, all ? undefined : 'pending'))
  return (
    <Box maw={860}>
      <PageHeader
        title="Approvals"
        description="What agents want to send. A yes holds for exactly what is shown, once."
        actions={
          <SegmentedControl
            aria-label="Which approvals"
            data={[
              { value: 'pending', label: 'Waiting' },
              { value: 'all', label: 'All' },
            ]}
            value={all ? 'all' : 'pending'}
            onChange={(value) => void navigate({ search: value === 'all' ? { all: true } : {} })}
          />
        }
      />
      <Stack>
        {query.error && (
          <ProblemNotice
            title="The approvals could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && (
          <Stack aria-label="Loading the approvals" aria-busy>
            <Skeleton height={260} radius="md" />
            <Skeleton height={260} radius="md" />
          </Stack>
        )}
        {[...Map.groupBy(query.data?.approvals ?? [], ({ runId }) => runId)].map(([runId, approvals]) => (
          <RunApprovals key={runId} approvals={approvals} />
        ))}
        {query.data?.approvals.length === 0 && (
          <EmptyState icon={ApprovalsIcon} title={all ? 'Nothing has asked for approval yet' : 'Nothing waits for you'}>
            When an agent wants to send a mail or a post, it stands here first. Start one with{' '}
            <Code>npx neonhub run CampaignAgent launch-campaign --brand SLUG --input brief.yaml</Code>.
          </EmptyState>
        )}
      </Stack>
    </Box>
  )
}
