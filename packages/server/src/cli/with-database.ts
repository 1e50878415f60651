import type { Config } from '../base/config.ts'
import { NeonHubError } from '../base/errors.ts'
import { createLogger, type Logger } from '../base/log.ts'
import { type Database, embeddedExists, openDatabase } from '../db/index.ts'

/** How many connections an operator's command needs: one that works, one that holds a lock, one that looks. */
const poolSize = 3

/** The database's place as a person knows it, without a password. */
export function placeOf({ databaseUrl, dataDir }: Config): string {
  if (databaseUrl === undefined) return dataDir
  if (!URL.canParse(databaseUrl)) return 'the database of DATABASE_URL'
  const { host, pathname } = new URL(databaseUrl)
  return `${host}${pathname}`
}

/** Whether there is a database to look at. A server's is asked by opening it. */
export const hasDatabase = async ({ databaseUrl, dataDir }: Config): Promise<boolean> =>
  databaseUrl !== undefined || embeddedExists(dataDir)

/**
 * Opens the database itself, for an operator's command, and closes it whatever happens. A data folder that a server
 * holds is refused (`db.folder_in_use`); one without a database too (`cli.no_database`), unless the command makes it.
 */
export async function withDatabase<Result>(
  config: Config,
  { makes }: { readonly makes: boolean },
  work: (database: Database, logger: Logger) => Promise<Result>,
): Promise<Result> {
  if (!makes && !(await hasDatabase(config))) {
    throw new NeonHubError('cli.no_database', `There is no database in ${config.dataDir} yet`, {
      kind: 'not_found',
      hint: 'Make it with neonhub db migrate or npm start, or name another folder in NEONHUB_DATA_DIR.',
    })
  }
  const logger = createLogger({ level: config.logLevel })
  const { databaseUrl, dataDir } = config
  const database = await openDatabase({ databaseUrl, dataDir, logger, poolSize })
  try {
    return await work(database, logger)
  } finally {
    await database.close()
  }
}
