import { Code, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { schedulesQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { ScheduleIcon } from '../icons.tsx'
import { ScheduleCard } from '../schedules/schedule-card.tsx'

export function SchedulesPage() {
  const { api } = useServices()
  const query = useQuery(schedulesQuery(api))
  return (
    <>
      <PageHeader title="Schedules" description="What agents are asked again and again, and what came of each time." />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The schedules could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={120} radius="md" aria-label="Loading the schedules" />}
        {query.data?.schedules.map((schedule) => (
          <ScheduleCard key={schedule.id} schedule={schedule} />
        ))}
        {query.data?.schedules.length === 0 && (
          <EmptyState icon={ScheduleIcon} title="Nothing starts by itself yet">
            Add a schedule with <Code>npx neonhub schedules add AGENT INTENT --cron &apos;0 9 * * 1-5&apos;</Code>.
          </EmptyState>
        )}
      </Stack>
    </>
  )
}
