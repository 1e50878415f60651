import { AssetKind, maxAssetBytes, routes } from '@neonhub/contract'
import { Button, FileInput, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { accepted } from './accepted.ts'
import { AssetFields } from './asset-fields.tsx'

interface AddAssetDialogProps {
  /** Slug. */
  readonly brand: string
  readonly opened: boolean
  readonly onClose: () => void
}

/** Uploads a file of a brand. */
export function AddAssetDialog({ brand, opened, onClose }: AddAssetDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Add a file" centered>
      <AddForm brand={brand} onDone={onClose} />
    </Modal>
  )
}

function AddForm({ brand, onDone }: { readonly brand: string; readonly onDone: () => void }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const tooLarge = file !== null && file.size > maxAssetBytes
  const add = useMutation({
    mutationFn: ({ fields, chosen }: { readonly fields: FormData; readonly chosen: File }) => {
      const said = (name: string) => String(fields.get(name) ?? '').trim() || undefined
      return api.call(routes.addBrandAsset, {
        params: { slug: brand },
        query: {
          name: said('name') ?? chosen.name,
          kind: AssetKind.safeParse(fields.get('kind')).data,
          alternativeText: said('alternativeText'),
          licenseNote: said('licenseNote'),
          rightsUntil: said('rightsUntil'),
        },
        file: chosen,
      })
    },
    onSuccess: ({ name, version }) => {
      notifyDone(version === 1 ? `${name} is kept.` : `${name} is kept as version ${version}.`)
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['brand-assets', brand] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (file && !tooLarge) add.mutate({ fields: new FormData(event.currentTarget), chosen: file })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {add.error && <ProblemNotice title="The file could not be kept" error={add.error} />}
        <FileInput
          label="File"
          description="An image, a PDF, a font or a film, at most 8 MiB."
          placeholder="Choose a file"
          accept={accepted}
          value={file}
          onChange={setFile}
          error={tooLarge && 'It is larger than 8 MiB. Save it smaller.'}
          required
        />
        <TextInput
          label="Name"
          description="A file of a name that is there already becomes its new version."
          name="name"
          placeholder={file?.name}
          maxLength={200}
        />
        <AssetFields />
        <Button type="submit" loading={add.isPending} disabled={file === null || tooLarge}>
          Keep it
        </Button>
      </Stack>
    </form>
  )
}
