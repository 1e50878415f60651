import type { RunDetail } from '@neonhub/contract'
import { Badge, Skeleton, Stack, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { runQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { JsonView } from '../components/json-view.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { ComparisonView } from '../fork/comparison-view.tsx'
import { isOver } from '../format/run-status.ts'
import { ContentPieceView } from '../run/content-piece-view.tsx'
import { RunNotices } from '../run/run-notices.tsx'
import { RunScores } from '../run/run-scores.tsx'
import { RunHeader } from '../run/run-header.tsx'
import { TraceView } from '../trace/trace-view.tsx'
import { useRunStream } from '../trace/use-run-stream.ts'

const route = getRouteApi('/app/runs/$runId')

export function RunPage() {
  const { runId } = route.useParams()
  // Another run begins with nothing open or chosen.
  return <RunView key={runId} runId={runId} />
}

function RunView({ runId }: { readonly runId: string }) {
  const { api } = useServices()
  const query = useQuery(runQuery(api, runId))
  const stream = useRunStream(runId, query.data !== undefined && !isOver(query.data.status))
  return (
    <Stack>
      {query.error && (
        <ProblemNotice title="The run could not be read" error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <RunSkeleton />}
      {query.data && (
        <>
          <RunHeader run={query.data} stream={stream} />
          <RunNotices run={query.data} />
          <RunScores runId={runId} />
          <RunTabs run={query.data} />
        </>
      )}
    </Stack>
  )
}

function RunTabs({ run }: { readonly run: RunDetail }) {
  const content = allContent(run)
  return (
    <Tabs defaultValue="trace" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="trace" px="sm">
          Trace
        </Tabs.Tab>
        {content.length > 0 && (
          <Tabs.Tab
            value="content"
            px="sm"
            rightSection={
              <Badge size="sm" variant="default" circle>
                {content.length}
              </Badge>
            }
          >
            Content
          </Tabs.Tab>
        )}
        {run.forkedFromRunId !== undefined && (
          <Tabs.Tab value="comparison" px="sm">
            Comparison
          </Tabs.Tab>
        )}
        <Tabs.Tab value="data" px="sm">
          Input and output
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="trace">
        <TraceView run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="content">
        <Stack gap="lg">
          {content.map((piece) => (
            <ContentPieceView key={piece.id} piece={piece} />
          ))}
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="comparison">
        <ComparisonView runId={run.id} />
      </Tabs.Panel>
      <Tabs.Panel value="data">
        <Stack>
          <JsonView label="Input" value={run.input} />
          {run.output !== undefined && <JsonView label="Output" value={run.output} />}
        </Stack>
      </Tabs.Panel>
    </Tabs>
  )
}

/** What the run and its child runs wrote. */
const allContent = (run: RunDetail): RunDetail['content'] => [...run.content, ...run.children.flatMap(allContent)]

const RunSkeleton = () => (
  <Stack aria-label="Loading the run" aria-busy>
    <Skeleton height={32} width="40%" />
    <Skeleton height={56} radius="md" />
    <Skeleton height={320} radius="md" />
  </Stack>
)
