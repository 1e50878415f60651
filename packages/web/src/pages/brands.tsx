import type { Brand } from '@neonhub/contract'
import { Anchor, Code, Group, Paper, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { brandsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { formatCount } from '../format/count.ts'
import { BrandIcon } from '../icons.tsx'

export function BrandsPage() {
  const { api } = useServices()
  const query = useQuery(brandsQuery(api))
  return (
    <>
      <PageHeader title="Brands" description="Whom agents write for: what each is, how it speaks, and its files." />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The brands could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={120} radius="md" aria-label="Loading the brands" />}
        {query.data?.brands.map((brand) => (
          <BrandCard key={brand.id} brand={brand} />
        ))}
        {query.data?.brands.length === 0 && (
          <EmptyState icon={BrandIcon} title="No brands yet">
            Import a folder of documents with <Code>npx neonhub brand import DIR</Code>; examples/pinwright is one.
          </EmptyState>
        )}
      </Stack>
    </>
  )
}

function BrandCard({ brand: { slug, name, description, documents, chunks } }: { readonly brand: Brand }) {
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article" aria-label={name}>
      <Group justify="space-between" gap="sm">
        <Anchor
          fw={600}
          renderRoot={(props) => <Link to="/brands/$brandSlug" params={{ brandSlug: slug }} {...props} />}
        >
          {name}
        </Anchor>
        <Text size="sm" c="dimmed">
          {formatCount(documents)} documents, {formatCount(chunks)} passages
        </Text>
      </Group>
      {description !== '' && (
        <Text size="sm" mt="xs">
          {description}
        </Text>
      )}
    </Paper>
  )
}
