import type { Config } from '../../../base/config.ts'
import { assertCurrent, readMigrationStatus } from '../../../db/index.ts'
import { readMasterKey } from '../../master-key.ts'
import { seed } from '../../seed.ts'
import { signInPath } from '../../sign-in-file.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'

/** Makes what a first start needs, and says what was made. */
export async function seedDatabase(config: Config, terminal: Terminal): Promise<void> {
  const { first, connections } = await withDatabase(config, { makes: false }, async (database) => {
    assertCurrent(await readMigrationStatus(database))
    const url = config.publicUrl ?? `http://localhost:${config.port}`
    return seed(database, { masterKey: await readMasterKey(config), dataDir: config.dataDir, url })
  })
  const owner = first.owner?.email
  if (terminal.isJson) {
    return terminal.print(JSON.stringify({ organization: first.slug, owner: owner ?? null, connections }))
  }
  if (owner !== undefined) {
    terminal.print(
      `made organization ${first.slug} with its owner ${owner}; the password is in ${signInPath(config.dataDir)}`,
    )
  }
  for (const name of connections) terminal.print(`made sandbox connection ${name}`)
  if (owner === undefined && connections.length === 0) terminal.print('Nothing to do: everything is there.')
}
