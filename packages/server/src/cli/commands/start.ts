import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { Config } from '../../base/config.ts'
import { buildWeb } from '../build-web.ts'
import { type ApiClient, createClient } from '../client.ts'
import { type Installation, openInstallation } from '../installation.ts'
import { assertPortFree, listen } from '../serve.ts'
import { removeServerFile, writeServerFile } from '../server-file.ts'
import { signInPath } from '../sign-in-file.ts'
import type { Terminal } from '../terminal.ts'
import { importBrand, printImport } from './brand.ts'
import { runAgent } from './run.ts'

const exampleFolder = fileURLToPath(new URL('../../../../../examples/pinwright/', import.meta.url))
const exampleSlug = 'pinwright'

/** A server that was started; `closed` resolves once it has gone down again. */
export interface StartedServer {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Opens everything in one process, serves the API and the screen, works the queue, and shows the example at first. */
export async function start(
  config: Config,
  terminal: Terminal,
  { demo, worker, api }: { readonly demo: boolean; readonly worker: boolean; readonly api: boolean },
): Promise<StartedServer> {
  if (api) await assertPortFree(config)
  const place = config.databaseUrl === undefined ? config.dataDir : 'the database'
  let installation: Installation
  try {
    if (api) {
      await buildWeb(() => {
        terminal.note('Building the web page …')
        terminal.status('')
      })
    }
    terminal.note(`Opening ${place} …`)
    terminal.status('')
    installation = await openInstallation(config)
  } finally {
    terminal.endStatus()
  }
  try {
    const brands = await installation.adoptEmbeddingModel()
    if (brands > 0) tellReembedding(installation, terminal, brands)
    if (worker) await installation.startWorker()
    const server = api ? await listen(installation.app, config) : undefined
    const url = config.publicUrl ?? server?.url ?? ''
    if (server) await writeServerFile(config.dataDir, { url: server.url, token: installation.localToken })
    tellSignIn(installation, terminal)
    if (demo) await showExample(createLocalClient(installation), terminal)
    if (api) tellNext(terminal, url)
    return {
      url,
      close: async () => {
        if (server) await removeServerFile(config.dataDir)
        await server?.close()
        await installation.close()
      },
    }
  } catch (error) {
    await installation.close()
    throw error
  }
}

/** Acts in the first organization, where the example lives. */
function createLocalClient({ app, localToken, first }: Installation): ApiClient {
  return createClient({
    send: async (path, init) => app.request(path, init),
    token: localToken,
    organization: first.slug,
    close: async () => {},
  })
}

/** How to sign in: at the first start by the password itself, later by the file that keeps it. */
function tellSignIn({ config, first }: Installation, terminal: Terminal): void {
  const path = signInPath(config.dataDir)
  if (first.owner) {
    const { email, password } = first.owner
    terminal.note(`Sign in as ${pc.bold(email)} with the password ${pc.bold(password)} ${pc.dim(`(kept in ${path})`)}`)
  } else if (existsSync(path)) terminal.note(pc.dim(`Sign in with what stands in ${path}`))
}

/** A model that was changed is worked through in the background; whoever changed it wants to know how far that is. */
function tellReembedding({ llm }: Installation, terminal: Terminal, brands: number): void {
  const { provider, model } = llm.embeddings
  terminal.note(
    `Embedding ${brands === 1 ? '1 brand' : `${brands} brands`} anew with ${pc.bold(`${provider}:${model}`)}. ` +
      `Search goes on with the old vectors until each is done: npx neonhub brand embeddings`,
  )
}

/** Imports the example brand and runs its campaign, each once: a later start finds both. */
async function showExample(client: ApiClient, terminal: Terminal): Promise<void> {
  const { brands } = await client.call(routes.listBrands)
  if (brands.some(({ slug }) => slug === exampleSlug)) return
  terminal.note('Importing the example brand …')
  printImport(terminal, await importBrand(client, terminal, { source: exampleFolder, slug: undefined }))
  terminal.note('Running its campaign …')
  await runAgent(client, terminal, {
    agent: 'CampaignAgent',
    intent: 'launch-campaign',
    brand: exampleSlug,
    input: join(exampleFolder, 'brief.yaml'),
    approveAll: false,
    tryDrafts: false,
    dryRun: false,
    stubReads: false,
    out: undefined,
    idempotencyKey: `example-${exampleSlug}`,
  })
}

function tellNext(terminal: Terminal, url: string): void {
  const example = relative(process.cwd(), exampleFolder)
  terminal.note(
    [
      '',
      `NeonHub is at ${pc.bold(url)}   ${pc.dim(`API ${url}/docs   Ctrl+C stops it`)}`,
      'In another terminal:',
      '  npx neonhub approvals                what waits for a person',
      '  npx neonhub runs                     what the agents did',
      '  npx neonhub brand import DIR         your own documents',
      `  npx neonhub run CampaignAgent launch-campaign --brand ${exampleSlug} --input ${join(example, 'brief.yaml')}`,
    ].join('\n'),
  )
}
