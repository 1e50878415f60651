import { type BrandAsset, maxAssetBytes, routes } from '@neonhub/contract'
import { Button, FileButton, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { accepted } from './accepted.ts'

/** Puts another file into the place of one; what it was stays as the version before. */
export function ReplaceButton({ asset: { brand, name } }: { readonly asset: BrandAsset }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const replace = useMutation({
    mutationFn: (file: File) => {
      if (file.size > maxAssetBytes) throw new RangeError('The file is larger than 8 MiB. Save it smaller.')
      return api.call(routes.addBrandAsset, { params: { slug: brand }, query: { name }, file })
    },
    onSuccess: ({ version }) => {
      notifyDone(`Version ${version} is in use.`)
      return queryClient.invalidateQueries({ queryKey: ['brand-assets', brand] })
    },
    onError: notifyFailure('The file could not be replaced'),
  })
  return (
    <FileButton accept={accepted} onChange={(file) => file && replace.mutate(file)}>
      {(props) => (
        <Button size="xs" variant="default" loading={replace.isPending} {...props}>
          Replace<VisuallyHidden> {name}</VisuallyHidden>
        </Button>
      )}
    </FileButton>
  )
}
