import { type BrandAsset, routes } from '@neonhub/contract'
import { Anchor, Badge, Button, Group, Paper, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { assetVersionsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { formatSize } from '../format/size.ts'
import { useMe } from '../shell/use-me.ts'
import { AssetThumbnail } from './asset-thumbnail.tsx'
import { EditAssetDialog } from './edit-asset-dialog.tsx'
import { kindNames } from './kind-names.ts'
import { ReplaceButton } from './replace-button.tsx'
import { saveFile } from './save-file.ts'

/** A file of a brand in its newest version: what it shows, what may be done with it, and the versions before. */
export function AssetCard({ asset }: { readonly asset: BrandAsset }) {
  const { may } = useMe()
  const { name, kind, version, versions, mediaType, byteSize, alternativeText, licenseNote, createdAt } = asset
  const [showsVersions, { toggle }] = useDisclosure()
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label={name}>
      <Stack gap="xs">
        <AssetThumbnail asset={asset} />
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
        <Group gap="xs">
          <Badge variant="default">{kindNames[kind]}</Badge>
          <Rights asset={asset} />
        </Group>
        <Text size="sm" c="dimmed" component="div">
          {mediaType}, {formatSize(byteSize)} · version {version}, <Moment at={createdAt} />
        </Text>
        {alternativeText !== '' && <Text size="sm">{alternativeText}</Text>}
        {licenseNote !== '' && (
          <Text size="sm" c="dimmed" lineClamp={3} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {licenseNote}
          </Text>
        )}
        <Group gap="xs">
          <DownloadButton asset={asset} />
          {may('brands:write') && (
            <>
              <ReplaceButton asset={asset} />
              <EditAssetDialog asset={asset} />
              <RemoveButton asset={asset} />
            </>
          )}
        </Group>
        {versions > 1 && (
          <Anchor component="button" type="button" size="sm" ta="start" onClick={toggle} aria-expanded={showsVersions}>
            {showsVersions ? 'Hide' : 'Show'} earlier versions ({versions - 1})
            <VisuallyHidden> of {name}</VisuallyHidden>
          </Anchor>
        )}
        {showsVersions && <Versions asset={asset} />}
      </Stack>
    </Paper>
  )
}

function Rights({ asset: { rightsUntil, rightsExpired } }: { readonly asset: BrandAsset }) {
  if (rightsUntil === undefined) return null
  return (
    <Badge variant="light" color={rightsExpired ? 'red' : 'gray'}>
      {rightsExpired ? `Rights ended ${rightsUntil}` : `Rights until ${rightsUntil}`}
    </Badge>
  )
}

function Versions({ asset }: { readonly asset: BrandAsset }) {
  const { api } = useServices()
  const { may } = useMe()
  const query = useQuery(assetVersionsQuery(api, asset))
  const earlier = query.data?.assets.filter(({ id }) => id !== asset.id) ?? []
  return (
    <Stack gap="xs">
      {query.error && <ProblemNotice title="The versions could not be read" error={query.error} />}
      {earlier.map((one) => (
        <Group key={one.id} gap="xs" justify="space-between">
          <Text size="sm" component="div">
            Version {one.version}, {formatSize(one.byteSize)}, <Moment at={one.createdAt} />
          </Text>
          <Group gap="xs">
            <DownloadButton asset={one} />
            {may('brands:write') && <RemoveButton asset={one} />}
          </Group>
        </Group>
      ))}
    </Stack>
  )
}

const Which = ({ asset: { name, version } }: { readonly asset: BrandAsset }) => (
  <VisuallyHidden>
    {' '}
    {name}, version {version}
  </VisuallyHidden>
)

function DownloadButton({ asset }: { readonly asset: BrandAsset }) {
  const { api } = useServices()
  const { brand, id, name } = asset
  const download = useMutation({
    mutationFn: () => api.download(routes.getBrandAssetContent, { params: { slug: brand, id } }),
    onSuccess: (file) => saveFile(file, name),
    onError: notifyFailure('The file could not be fetched'),
  })
  return (
    <Button size="xs" variant="default" loading={download.isPending} onClick={() => download.mutate()}>
      Download
      <Which asset={asset} />
    </Button>
  )
}

function RemoveButton({ asset }: { readonly asset: BrandAsset }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [asks, { open, close }] = useDisclosure()
  const { brand, id, version, versions, isCurrent } = asset
  const remove = useMutation({
    mutationFn: () => api.call(routes.removeBrandAsset, { params: { slug: brand, id } }),
    onSuccess: () => {
      notifyDone(isCurrent && versions > 1 ? 'It is removed; the version before is in use.' : 'It is removed.')
      close()
      return queryClient.invalidateQueries({ queryKey: ['brand-assets', brand] })
    },
    onError: notifyFailure('The file could not be removed'),
  })
  if (!asks) {
    return (
      <Button size="xs" variant="subtle" color="red" onClick={open}>
        Remove
        <Which asset={asset} />
      </Button>
    )
  }
  return (
    <>
      <Button size="xs" color="red" loading={remove.isPending} onClick={() => remove.mutate()} autoFocus>
        Remove version {version} for good
        <Which asset={asset} />
      </Button>
      <Button size="xs" variant="subtle" onClick={close}>
        Keep
        <Which asset={asset} />
      </Button>
    </>
  )
}
