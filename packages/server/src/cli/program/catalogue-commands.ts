import type { Command } from 'commander'
import { importBrand, listBrands, printImport, reembedBrands, showEmbeddings } from '../commands/brand.ts'
import {
  type ActionFlags,
  addConnection,
  checkConnection,
  configureAction,
  listActions,
  connectAccount,
  resumeConnection,
  createKey,
  listConnections,
  listConnectors,
  listKeys,
  revokeKey,
  showConnector,
  updateConnection,
} from '../commands/catalogue.ts'
import { createOrganization, listOrganizations } from '../commands/organizations.ts'
import { addAssetCommands } from './asset-commands.ts'
import type { Clients } from './clients.ts'
import { parseAmount } from './parse-amount.ts'

/** What an organization has: brands, connections, keys; and the organizations themselves. */
export function addCatalogueCommands(program: Command, clients: Clients): void {
  const { withClient, withWorker } = clients
  const brand = program.command('brand').description('brands and their documents')
  brand
    .command('import')
    .description('import a folder of Markdown, HTML or text, or the address of a sitemap or feed')
    .argument('<source>')
    .option('--slug <slug>', 'name the brand so')
    .action((source: string, { slug }: { slug?: string }) =>
      withClient(async (client, terminal) =>
        printImport(terminal, await importBrand(client, terminal, { source, slug })),
      ),
    )
  brand
    .command('list')
    .description('every brand')
    .action(() => withClient((client, terminal) => listBrands(client, terminal)))
  brand
    .command('embeddings')
    .description('which model embedded each brand, and how far a change to another is')
    .action(() => withClient((client, terminal) => showEmbeddings(client, terminal)))
  brand
    .command('reembed')
    .description('embed what another model than NEONHUB_EMBEDDING_MODEL has embedded; search goes on meanwhile')
    .action(() => withWorker((client, terminal) => reembedBrands(client, terminal)))
  addAssetCommands(brand, clients)

  const connections = program
    .command('connections')
    .description('accounts at outside services')
    .action(() => withClient((client, terminal) => listConnections(client, terminal)))
  connections
    .command('add')
    .description('connect an account; without --file, a sandbox')
    .argument('<name>', 'what briefs call it')
    .requiredOption('--connector <id>', 'one that neonhub connectors lists, such as email')
    .option('--file <file>', 'YAML or JSON with settings and credentials')
    .action((name: string, { connector, file }: { connector: string; file?: string }) =>
      withClient((client, terminal) => addConnection(client, terminal, { name, connector, file })),
    )
  connections
    .command('connect')
    .description('say where to open the page on which a person connects an account by their consent at its provider')
    .argument('<name>', 'what briefs call it; one that is there is connected anew')
    .requiredOption('--connector <id>', 'such as slack')
    .action((name: string, { connector }: { connector: string }) =>
      withClient((client, terminal) => connectAccount(client, terminal, { name, connector })),
    )
  connections
    .command('update')
    .description('set a connection anew, as with a new token; without --file, a sandbox')
    .argument('<id>')
    .option('--file <file>', 'YAML or JSON with settings and credentials')
    .action((id: string, { file }: { file?: string }) =>
      withClient((client, terminal) => updateConnection(client, terminal, { id, file })),
    )
  connections
    .command('actions')
    .description('what a connection does, and what is fixed of it')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => listActions(client, terminal, id)))
  connections
    .command('configure')
    .description(
      'fix arguments of an action of a connection, say what it costs, or switch it off; what no option names stays',
    )
    .argument('<id>')
    .argument('<action>', 'such as send')
    .option('--file <file>', 'YAML or JSON with "fixed" and "defaults"')
    .option('--price <amount>', 'what each call costs, in units of the currency, for budgets of tool-cost', parseAmount)
    .option('--currency <code>', 'ISO 4217; USD where absent')
    .option('--per-recipient', 'the price is for each recipient of a call')
    .option('--no-price', 'only what the connector knows of its cost counts')
    .option('--disable', 'let no agent call it on this connection')
    .option('--enable', 'let agents call it again')
    .action((id: string, action: string, options: ActionFlags) =>
      withClient((client, terminal) => configureAction(client, terminal, { id, action, ...options })),
    )
  connections
    .command('check')
    .description('ask the provider whether a connection works')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => checkConnection(client, terminal, id)))
  connections
    .command('resume')
    .description('let calls leave that are paused because the last ones failed')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => resumeConnection(client, terminal, id)))

  const connectors = program
    .command('connectors')
    .description('what can be connected here, and what of it is')
    .action(() => withClient((client, terminal) => listConnectors(client, terminal)))
  connectors
    .command('show')
    .description('what a connector does, and which settings and credentials it takes')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => showConnector(client, terminal, id)))

  const keys = program
    .command('keys')
    .description('API keys for programs')
    .action(() => withClient((client, terminal) => listKeys(client, terminal)))
  keys
    .command('create')
    .description('make a key and show it once')
    .argument('<name>')
    .option('--scope <scope...>', 'what it may do; all where absent')
    .action((name: string, { scope }: { scope?: string[] }) =>
      withClient((client, terminal) => createKey(client, terminal, { name, scopes: scope ?? [] })),
    )
  keys
    .command('revoke')
    .description('end a key for good')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => revokeKey(client, terminal, id)))

  const organizations = program
    .command('organizations')
    .description('the clients that this installation holds, apart from each other')
    .action(() => withClient((client, terminal) => listOrganizations(client, terminal)))
  organizations
    .command('create')
    .description('add a client')
    .argument('<slug>', 'what --organization calls it: small letters, digits and hyphens')
    .option('--name <name>', 'its name; the slug where absent')
    .option('--time-zone <zone>', 'IANA name, such as Europe/Berlin', 'UTC')
    .option('--owner <email>', 'who owns it: a person who signs in here; the first owner where absent')
    .action((slug: string, options: { name?: string; timeZone: string; owner?: string }) =>
      withClient((client, terminal) => createOrganization(client, terminal, { slug, ...options })),
    )
}
