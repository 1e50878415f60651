import { Code, NativeSelect, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { brandQuery, brandsQuery, modelVersionsQuery, trainingJobsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { VoiceIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { isUnfinished, TrainingJobRow } from '../voices/training-job-row.tsx'
import { TuneButton } from '../voices/tune-button.tsx'
import { VersionCard } from '../voices/version-card.tsx'

/** How each brand speaks, what was learned of it, and the way to use a version or go back. */
export function VoicesPage() {
  const { api } = useServices()
  const brands = useQuery(brandsQuery(api))
  const [chosen, setChosen] = useState<string>()
  const all = brands.data?.brands ?? []
  const brand = chosen ?? all[0]?.slug
  return (
    <>
      <PageHeader
        title="Voices"
        description="How each brand speaks. A voice can be learned from what the brand has published, compared, used and taken back."
      />
      <Stack maw={860}>
        {brands.error && (
          <ProblemNotice
            title="The brands could not be read"
            error={brands.error}
            onRetry={() => void brands.refetch()}
          />
        )}
        {brands.isPending && <Skeleton height={120} radius="md" aria-label="Loading the brands" />}
        {brands.data && all.length === 0 && (
          <EmptyState icon={VoiceIcon} title="No brands yet">
            Import one with <Code>npx neonhub brand import FOLDER</Code>.
          </EmptyState>
        )}
        {all.length > 1 && (
          <NativeSelect
            label="Brand"
            value={brand ?? ''}
            onChange={({ currentTarget: { value } }) => setChosen(value)}
            data={all.map(({ slug, name }) => ({ value: slug, label: name }))}
          />
        )}
        {brand !== undefined && <BrandVoice key={brand} brand={brand} />}
      </Stack>
    </>
  )
}

function BrandVoice({ brand }: { readonly brand: string }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const jobs = useQuery(trainingJobsQuery(api, brand))
  const versions = useQuery(modelVersionsQuery(api, brand))
  const newest = jobs.data?.trainingJobs[0]
  const status = newest?.status
  useEffect(() => {
    if (status === 'succeeded') void queryClient.invalidateQueries({ queryKey: ['model-versions', brand] })
  }, [status, brand, queryClient])
  const error = jobs.error ?? versions.error
  return (
    <>
      {error && (
        <ProblemNotice
          title="The voice could not be read"
          error={error}
          onRetry={() => void Promise.all([jobs.refetch(), versions.refetch()])}
        />
      )}
      <PresentVoice brand={brand} />
      {may('brands:write') && (
        <div>
          <TuneButton brand={brand} disabled={newest !== undefined && isUnfinished(newest)} />
        </div>
      )}
      {newest && <TrainingJobRow job={newest} />}
      {versions.isPending && <Skeleton height={120} radius="md" aria-label="Loading the versions" />}
      {versions.data?.modelVersions.map((version) => (
        <VersionCard key={version.id} version={version} />
      ))}
    </>
  )
}

function PresentVoice({ brand }: { readonly brand: string }) {
  const { api } = useServices()
  const { data } = useQuery(brandQuery(api, brand))
  if (!data) return null
  const { voice } = data
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="section" aria-label="The voice in use">
      <Title order={2} size="h4" mb="xs">
        {voice === undefined ? 'No voice yet' : `In use: ${voice.name}, voice ${voice.version}`}
      </Title>
      <Text size="sm" lineClamp={6}>
        {voice === undefined
          ? 'Agents write for this brand without one. Describe it in the brand’s voice.md, or have it learned.'
          : voice.summary || `${voice.rules.length} rules and ${voice.examples.length} examples.`}
      </Text>
      {voice && (
        <Text size="sm" c="dimmed" mt="xs">
          {voice.rules.length} rules, {voice.avoid.length} words to avoid, {voice.examples.length} examples
        </Text>
      )}
    </Paper>
  )
}
