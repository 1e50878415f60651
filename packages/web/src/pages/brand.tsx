import type { BrandDetail } from '@neonhub/contract'
import { Anchor, DataList, Paper, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { brandQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { AssetSection } from '../assets/asset-section.tsx'
import { Fact } from '../components/fact.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { formatCount } from '../format/count.ts'

const route = getRouteApi('/app/brands/$brandSlug')

/** A brand: what it is, and what it has as files. */
export function BrandPage() {
  const { api } = useServices()
  const { brandSlug } = route.useParams()
  const query = useQuery(brandQuery(api, brandSlug))
  return (
    <Stack maw={1100}>
      <Anchor component={Link} to="/brands" size="sm">
        All brands
      </Anchor>
      {query.error && (
        <ProblemNotice title="The brand could not be read" error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={320} radius="md" aria-label="Loading the brand" />}
      {query.data && <BrandView brand={query.data} />}
    </Stack>
  )
}

function BrandView({ brand }: { readonly brand: BrandDetail }) {
  const { slug, name, description, audience, language, timeZone, website, voice, personas, keywords } = brand
  return (
    <>
      <PageHeader title={name} description={description} />
      <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="section" aria-label="About the brand">
        <DataList size="sm">
          <Fact name="Audience">{audience || '–'}</Fact>
          <Fact name="Voice">{voice === undefined ? '–' : `${voice.name}, version ${voice.version}`}</Fact>
          <Fact name="Personas">{personas.map((persona) => persona.name).join(', ') || '–'}</Fact>
          <Fact name="Keywords">{formatCount(keywords.length)}</Fact>
          <Fact name="Documents">
            {formatCount(brand.documents)}, {formatCount(brand.chunks)} passages
          </Fact>
          <Fact name="Language">{language}</Fact>
          <Fact name="Time zone">{timeZone}</Fact>
          {website !== undefined && <Fact name="Website">{website}</Fact>}
        </DataList>
      </Paper>
      <AssetSection brand={slug} />
    </>
  )
}
