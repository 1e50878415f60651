import type { BrandAsset } from '@neonhub/contract'
import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import { kindChoices } from './kind-names.ts'

/** What is said of a file, within a form. */
export function AssetFields({ asset }: { readonly asset?: BrandAsset }) {
  return (
    <>
      <NativeSelect
        label="Kind"
        name="kind"
        defaultValue={asset?.kind ?? ''}
        data={asset ? kindChoices : [{ value: '', label: 'As the file shows' }, ...kindChoices]}
      />
      <TextInput
        label="What it shows"
        description="The alternative text, for whoever does not see it."
        name="alternativeText"
        defaultValue={asset?.alternativeText}
        maxLength={1_000}
      />
      <Textarea
        label="License"
        description="Where it comes from and what may be done with it."
        name="licenseNote"
        defaultValue={asset?.licenseNote}
        autosize
        minRows={2}
        maxLength={2_000}
      />
      <TextInput
        label="Rights until"
        description="The last day on which it may be used; empty: for good."
        name="rightsUntil"
        type="date"
        defaultValue={asset?.rightsUntil}
      />
    </>
  )
}
