import type { AssetKind } from '@neonhub/contract'

export const kindNames: Readonly<Record<AssetKind, string>> = {
  logo: 'Logo',
  image: 'Image',
  font: 'Font',
  video: 'Video',
  guideline: 'Guideline',
  other: 'Other',
}

/** The kinds as a list to choose from. */
export const kindChoices = Object.entries(kindNames).map(([value, label]) => ({ value, label }))
