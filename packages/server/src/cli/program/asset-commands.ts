import { AssetKind } from '@neonhub/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { addAsset, type AssetFactOptions, getAsset, listAssets, removeAsset, updateAsset } from '../commands/assets.ts'
import type { Clients } from './clients.ts'

const kindOption = () => new Option('--kind <kind>').choices(AssetKind.options)
const versionOption = () =>
  new Option('--of-version <number>', 'an earlier version; the newest without it').argParser((text) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
    throw new InvalidArgumentError('It must be a number, as list --all-versions shows it.')
  })

const withFacts = (command: Command, rightsHelp: string) =>
  command
    .addOption(kindOption())
    .option('--alt <text>', 'what an image shows, for whoever does not see it')
    .option('--license <text>', 'where it comes from and what may be done with it')
    .option('--rights-until <day>', rightsHelp)

interface Version {
  readonly ofVersion?: number
}

/** What a brand has as files, below `neonhub brand`. */
export function addAssetCommands(brand: Command, { withClient }: Clients): void {
  const assets = brand.command('assets').description('logos, photographs, fonts, guidelines of a brand')
  assets
    .command('list')
    .description('the files of a brand')
    .argument('<brand>')
    .addOption(kindOption())
    .option('--all-versions', 'earlier versions, too', false)
    .action((slug: string, options: { kind?: AssetKind; allVersions: boolean }) =>
      withClient((client, terminal) => listAssets(client, terminal, { slug, ...options })),
    )
  withFacts(
    assets
      .command('add')
      .description('keep a file of at most 8 MiB; one of a name that is there already is its new version')
      .argument('<brand>')
      .argument('<file>')
      .option('--name <name>', 'call it so; the file’s own name without it'),
    'the last day on which it may be used: 2026-12-31',
  ).action((slug: string, file: string, options: AssetFactOptions & { name?: string }) =>
    withClient((client, terminal) => addAsset(client, terminal, { slug, file, ...options })),
  )
  assets
    .command('get')
    .description('write a file here')
    .argument('<brand>')
    .argument('<asset>', 'its name or id')
    .addOption(versionOption())
    .option('--out <file>', 'write it there, over what is there; - is standard output')
    .action((slug: string, asset: string, { ofVersion, ...rest }: Version & { out?: string }) =>
      withClient((client, terminal) => getAsset(client, terminal, { ...named(slug, asset, ofVersion), ...rest })),
    )
  withFacts(
    assets
      .command('update')
      .description('change what is said of a file')
      .argument('<brand>')
      .argument('<asset>', 'its name or id')
      .addOption(versionOption()),
    'the last day on which it may be used, or never: it may for good',
  ).action((slug: string, asset: string, { ofVersion, ...rest }: Version & AssetFactOptions) =>
    withClient((client, terminal) => updateAsset(client, terminal, { ...named(slug, asset, ofVersion), ...rest })),
  )
  assets
    .command('remove')
    .description('remove a version; the version before is in use then')
    .argument('<brand>')
    .argument('<asset>', 'its name or id')
    .addOption(versionOption())
    .option('--all-versions', 'all of its name', false)
    .action((slug: string, asset: string, { ofVersion, ...rest }: Version & { allVersions: boolean }) =>
      withClient((client, terminal) => removeAsset(client, terminal, { ...named(slug, asset, ofVersion), ...rest })),
    )
}

const named = (slug: string, asset: string, version: number | undefined) => ({
  slug,
  asset,
  ...(version === undefined ? {} : { version }),
})
