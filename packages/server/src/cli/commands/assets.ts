import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { stdout } from 'node:process'
import { type AssetKind, type BrandAsset, maxAssetBytes, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { isId } from '../../base/ids.ts'
import type { ApiClient } from '../client.ts'
import { formatSize, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** A file of a brand as a person names it: by its id, or by its name and, where it is not the newest, its version. */
export interface NamedAsset {
  readonly slug: string
  readonly asset: string
  readonly version?: number
}

export interface AssetFactOptions {
  readonly kind?: AssetKind
  readonly alt?: string
  readonly license?: string
  readonly rightsUntil?: string
}

export async function listAssets(
  client: ApiClient,
  terminal: Terminal,
  { slug, kind, allVersions }: { readonly slug: string; readonly kind?: AssetKind; readonly allVersions: boolean },
): Promise<void> {
  const versions = allVersions ? 'all' : 'current'
  const page = await client.call(routes.listBrandAssets, { params: { slug }, query: { kind, versions, limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.assets.length === 0) return terminal.print(`No files yet. Try: npx neonhub brand assets add ${slug} FILE`)
  const rows = page.assets.map((asset) => [
    asset.id,
    plainText(asset.name),
    `${asset.version} of ${asset.versions}`,
    asset.kind,
    asset.mediaType,
    formatSize(asset.byteSize),
    rightsOf(asset),
  ])
  terminal.print(formatTable([['ASSET', 'NAME', 'VERSION', 'KIND', 'TYPE', 'SIZE', 'RIGHTS UNTIL'], ...rows]))
  if (page.nextBefore !== undefined) terminal.print(pc.dim('The newest hundred. Narrow it with --kind.'))
}

const rightsOf = ({ rightsUntil, rightsExpired }: BrandAsset) => {
  if (rightsUntil === undefined) return '–'
  return rightsExpired ? pc.red(`${rightsUntil}, over`) : rightsUntil
}

export async function addAsset(
  client: ApiClient,
  terminal: Terminal,
  {
    slug,
    file,
    name = basename(file),
    ...options
  }: AssetFactOptions & { readonly slug: string; readonly file: string; readonly name?: string },
): Promise<void> {
  const bytes = await readFileUpTo(file)
  const { kind, rightsUntil, alt: alternativeText, license: licenseNote } = options
  const query = { name, kind, alternativeText, licenseNote, rightsUntil }
  print(terminal, await client.call(routes.addBrandAsset, { params: { slug }, query, bytes }))
}

/** The bytes of a file, unless it is larger than is taken. Throws `cli.file_unreadable` and `cli.file_too_large`. */
async function readFileUpTo(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const unreadable = (cause: unknown) =>
    new NeonHubError('cli.file_unreadable', `${file} cannot be read: ${messageOf(cause)}`, {
      kind: 'invalid',
      hint: 'Name a file, such as logo.svg.',
      cause,
    })
  const { size } = await stat(file).catch((error: unknown) => {
    throw unreadable(error)
  })
  if (size > maxAssetBytes) {
    throw new NeonHubError(
      'cli.file_too_large',
      `${file} has ${formatSize(size)}, and ${formatSize(maxAssetBytes)} are taken`,
      {
        kind: 'too_large',
        hint: 'Save it smaller. What is large, such as a film, is better linked to.',
      },
    )
  }
  return readFile(file).then(
    (bytes) => new Uint8Array(bytes),
    (error: unknown) => {
      throw unreadable(error)
    },
  )
}

/** The version that is meant. Throws `cli.asset_unknown`. */
async function findAsset(client: ApiClient, { slug, asset, version }: NamedAsset): Promise<BrandAsset> {
  if (isId(asset)) return client.call(routes.getBrandAsset, { params: { slug, id: asset } })
  const { assets } = await client.call(routes.listBrandAssets, {
    params: { slug },
    query: { name: asset, versions: version === undefined ? 'current' : 'all', limit: 100 },
  })
  const found = assets.find((one) => version === undefined || one.version === version)
  if (found) return found
  const what = version === undefined ? 'file' : `version ${version}`
  throw new NeonHubError('cli.asset_unknown', `${slug} has no ${what} of the name ${asset}`, {
    kind: 'not_found',
    hint: `neonhub brand assets list ${slug} --all-versions shows what there is.`,
  })
}

/** Writes a file to where it is asked for, `-` being standard output; else under its own name, where none is yet. */
export async function getAsset(
  client: ApiClient,
  terminal: Terminal,
  { out, ...named }: NamedAsset & { readonly out?: string },
): Promise<void> {
  const asset = await findAsset(client, named)
  const bytes = await client.download(routes.getBrandAssetContent, { params: { slug: named.slug, id: asset.id } })
  if (out === '-') return void stdout.write(bytes)
  const { fileNameOf } = await import('../../knowledge/index.ts')
  const path = resolve(out ?? fileNameOf(asset.name, asset.mediaType))
  await writeFile(path, bytes, { flag: out === undefined ? 'wx' : 'w' }).catch((cause: unknown) => {
    throw new NeonHubError('cli.out_unwritable', `The file cannot be written: ${messageOf(cause)}`, {
      kind: 'invalid',
      hint: 'Name another file with --out; one that is there already is written over then.',
      cause,
    })
  })
  if (terminal.isJson) return terminal.print(JSON.stringify({ ...asset, path }))
  terminal.print(`${plainText(path)}  ${formatSize(asset.byteSize)}`)
}

export async function updateAsset(
  client: ApiClient,
  terminal: Terminal,
  { kind, alt, license, rightsUntil, ...named }: NamedAsset & AssetFactOptions,
): Promise<void> {
  const { id } = await findAsset(client, named)
  const body = {
    ...compact({ kind, alternativeText: alt, licenseNote: license }),
    ...(rightsUntil === undefined ? {} : { rightsUntil: rightsUntil === 'never' ? null : rightsUntil }),
  }
  print(terminal, await client.call(routes.changeBrandAsset, { params: { slug: named.slug, id }, body }))
}

export async function removeAsset(
  client: ApiClient,
  terminal: Terminal,
  { allVersions, ...named }: NamedAsset & { readonly allVersions: boolean },
): Promise<void> {
  const { id } = await findAsset(client, named)
  const versions = allVersions ? 'all' : 'this'
  const asset = await client.call(routes.removeBrandAsset, { params: { slug: named.slug, id }, query: { versions } })
  if (terminal.isJson) return terminal.print(JSON.stringify(asset))
  const left = allVersions ? 0 : asset.versions - 1
  terminal.print(
    `Removed: ${plainText(asset.name)}, ${allVersions ? 'all versions' : `version ${asset.version}`}; ${left} left`,
  )
}

function print(terminal: Terminal, asset: BrandAsset): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(asset))
  const { id, brand, name, version, kind, mediaType, byteSize, alternativeText, licenseNote } = asset
  terminal.print(`${pc.bold(id)}  ${plainText(name)}, version ${version}, ${kind} of ${brand}`)
  terminal.print(pc.dim(`${mediaType}, ${formatSize(byteSize)}; rights until ${rightsOf(asset)}`))
  for (const [what, text] of [
    ['shows', alternativeText],
    ['license', licenseNote],
  ] as const) {
    if (text !== '') terminal.print(`${what}: ${plainText(text)}`)
  }
}
