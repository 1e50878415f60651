import { Code, NativeSelect, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { EvalDataset } from '@neonhub/contract'
import { evalDatasetsQuery, evalsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { EvalHistory } from '../evals/eval-history.tsx'
import { EvalIcon } from '../icons.tsx'

/** The data sets that agents are measured by, and what was measured. */
export function EvalsPage() {
  const { api } = useServices()
  const { data, error, isPending, refetch } = useQuery(evalDatasetsQuery(api))
  const [chosen, setChosen] = useState<string>()
  const all = data?.datasets ?? []
  const dataset = all.find(({ slug }) => slug === chosen) ?? all[0]
  return (
    <>
      <PageHeader
        title="Evals"
        description="What agents answer to sets of cases, measured, so that a change is known before it ships."
      />
      <Stack>
        {error && (
          <ProblemNotice title="The data sets could not be read" error={error} onRetry={() => void refetch()} />
        )}
        {isPending && <Skeleton height={120} radius="md" aria-label="Loading the data sets" />}
        {data && all.length === 0 && (
          <EmptyState icon={EvalIcon} title="No data sets yet">
            Make one of a file: <Code>npx neonhub evals import examples/pinwright/evals.yaml</Code>
          </EmptyState>
        )}
        {all.length > 1 && (
          <NativeSelect
            label="Data set"
            maw={420}
            value={dataset?.slug ?? ''}
            onChange={({ currentTarget: { value } }) => setChosen(value)}
            data={all.map(({ slug }) => slug)}
          />
        )}
        {dataset && <DatasetHistory key={dataset.slug} dataset={dataset} />}
      </Stack>
    </>
  )
}

function DatasetHistory({ dataset }: { readonly dataset: EvalDataset }) {
  const { api } = useServices()
  const { data, error, isPending, refetch } = useQuery(evalsQuery(api, dataset.slug))
  const { slug, agent, intent, brand, description, caseCount, evaluators } = dataset
  return (
    <>
      <div>
        <Text fw={600}>{slug}</Text>
        <Text size="sm" c="dimmed">
          {agent} {intent}
          {brand === undefined ? '' : ` for ${brand}`}, {caseCount} cases, measured by{' '}
          {evaluators.map(({ name }) => name).join(', ') || 'nothing yet'}
        </Text>
        {description !== '' && <Text size="sm">{description}</Text>}
      </div>
      {error && <ProblemNotice title="The history could not be read" error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton height={120} radius="md" aria-label="Loading the history" />}
      {data && data.evals.length === 0 && (
        <EmptyState icon={EvalIcon} title="Nothing measured yet">
          Ask every case: <Code>npx neonhub eval {slug}</Code>
        </EmptyState>
      )}
      {data && data.evals.length > 0 && <EvalHistory evals={data.evals} />}
    </>
  )
}
