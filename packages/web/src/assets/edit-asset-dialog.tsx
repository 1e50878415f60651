import { AssetKind, type BrandAsset, routes } from '@neonhub/contract'
import { Button, Modal, Stack, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useServices } from '../api/use-api.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { AssetFields } from './asset-fields.tsx'

/** Changes what is said of a file. */
export function EditAssetDialog({ asset }: { readonly asset: BrandAsset }) {
  const [opened, { open, close }] = useDisclosure()
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        Edit<VisuallyHidden> {asset.name}</VisuallyHidden>
      </Button>
      <Modal opened={opened} onClose={close} title={asset.name} centered>
        <EditForm asset={asset} onDone={close} />
      </Modal>
    </>
  )
}

function EditForm({ asset, onDone }: { readonly asset: BrandAsset; readonly onDone: () => void }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const { brand, id } = asset
  const save = useMutation({
    mutationFn: (fields: FormData) => {
      const rightsUntil = String(fields.get('rightsUntil'))
      return api.call(routes.changeBrandAsset, {
        params: { slug: brand, id },
        body: {
          kind: AssetKind.parse(fields.get('kind')),
          alternativeText: String(fields.get('alternativeText')),
          licenseNote: String(fields.get('licenseNote')),
          rightsUntil: rightsUntil === '' ? null : rightsUntil,
        },
      })
    },
    onSuccess: () => {
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['brand-assets', brand] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {save.error && <ProblemNotice title="It could not be changed" error={save.error} />}
        <AssetFields asset={asset} />
        <Button type="submit" loading={save.isPending}>
          Save
        </Button>
      </Stack>
    </form>
  )
}
