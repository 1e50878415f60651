import { Button, Center, Code, Group, SimpleGrid, Skeleton, Stack, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useInfiniteQuery } from '@tanstack/react-query'
import { brandAssetsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { FileIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { AddAssetDialog } from './add-asset-dialog.tsx'
import { AssetCard } from './asset-card.tsx'

/** What a brand has as files. */
export function AssetSection({ brand }: { /** Slug. */ readonly brand: string }) {
  const { api } = useServices()
  const { may } = useMe()
  const [opened, { open, close }] = useDisclosure()
  const query = useInfiniteQuery(brandAssetsQuery(api, brand))
  const assets = query.data?.pages.flatMap((page) => page.assets) ?? []
  return (
    <Stack component="section" aria-label="Files">
      <Group justify="space-between">
        <Title order={2}>Files</Title>
        {may('brands:write') && <Button onClick={open}>Add a file</Button>}
      </Group>
      {query.error && (
        <ProblemNotice title="The files could not be read" error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={240} radius="md" aria-label="Loading the files" />}
      {query.data && assets.length === 0 && (
        <EmptyState icon={FileIcon} title="No files yet">
          Keep the brand’s logos, photographs, fonts and guidelines here, or with{' '}
          <Code>npx neonhub brand assets add {brand} FILE</Code>.
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {assets.map((asset) => (
          <AssetCard key={asset.id} asset={asset} />
        ))}
      </SimpleGrid>
      {query.hasNextPage && (
        <Center>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older files
          </Button>
        </Center>
      )}
      <AddAssetDialog brand={brand} opened={opened} onClose={close} />
    </Stack>
  )
}
