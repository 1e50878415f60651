import { AssetMediaType } from '@neonhub/contract'

/** What a file dialog offers; endings too, since not every computer knows the media types of fonts. */
export const accepted = [...AssetMediaType.options, '.woff2', '.ttf', '.otf'].join(',')
