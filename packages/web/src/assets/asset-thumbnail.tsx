import type { BrandAsset } from '@neonhub/contract'
import { Center, Skeleton, Text } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { thumbnailQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { FileIcon } from '../icons.tsx'
import classes from './asset-thumbnail.module.css'

/** What an image shows, once it comes into view; of other files their kind. */
export function AssetThumbnail({ asset }: { readonly asset: BrandAsset }) {
  const { api } = useServices()
  const { ref, inViewport } = useInViewport<HTMLDivElement>()
  const isImage = asset.mediaType.startsWith('image/')
  const picture = useQuery({ ...thumbnailQuery(api, asset), enabled: isImage && inViewport })
  const { alternativeText, name, mediaType } = asset
  return (
    <Center ref={ref} className={classes['frame']}>
      {picture.data !== undefined && (
        <img src={picture.data} alt={alternativeText === '' ? name : alternativeText} className={classes['picture']} />
      )}
      {isImage && picture.isPending && <Skeleton height="100%" radius={0} />}
      {(!isImage || picture.isError) && (
        <Text component="div" c="dimmed" ta="center" size="sm">
          <FileIcon size={32} strokeWidth={1.5} />
          <div>{isImage ? 'It could not be shown' : mediaType}</div>
        </Text>
      )}
    </Center>
  )
}
