import { createStandaloneJournal } from '../src/runtime/index.ts'
import { agents } from '../src/agents/index.ts'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import { createLogger } from '../src/base/log.ts'
import { importBrandPeople } from '../src/cli/import-brand-people.ts'
import { importBrand } from '../src/knowledge/index.ts'
import { createLlm, type Llm } from '../src/llm/index.ts'
import { openTestDatabase } from './database.ts'
import { restOf, startTestRuntime, type TestRuntime } from './runtime.ts'

const exampleFolder = new URL('../../../examples/pinwright', import.meta.url).pathname

/** The five agents on an embedded database, with the sandbox model and the example brand imported. */
export interface ExampleBrand extends TestRuntime {
  readonly brand: string
  readonly llm: Llm
  /** Starts a run for the brand, waits until it rests, and returns its row. */
  readonly run: (request: {
    readonly agent: string
    readonly intent: string
    readonly input: unknown
    readonly approveAll?: boolean
    readonly brand?: string
  }) => ReturnType<typeof restOf>
}

export async function openExampleBrand(source = exampleFolder): Promise<ExampleBrand> {
  const database = await openTestDatabase('embedded')
  const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock })
  const testing = await startTestRuntime(database, [...agents.values()], { llm })
  const brand = await importFolder({ ...testing, llm }, source)
  return {
    ...testing,
    llm,
    brand,
    run: async ({ agent, intent, input, approveAll = false, brand: slug = brand }) => {
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent,
        intent,
        input,
        brand: slug,
        approveAll,
        requestedBy: 'cli',
      })
      return restOf(testing, runId)
    },
    stop: async () => {
      await testing.stop()
      await llm.close()
      await database.close()
    },
  }
}

/** Imports a folder as a brand of the organization, its people with it, and returns its slug. */
export async function importFolder(
  {
    database,
    llm,
    organizationId,
    masterKey,
  }: Pick<TestRuntime, 'database' | 'organizationId' | 'masterKey'> & { llm: Llm },
  source: string,
): Promise<string> {
  const { brand } = await importBrand(
    {
      database,
      llm,
      // What it leaves to the background, a worker's reconciler would find.
      queue: { dispatch: async () => {} },
      journal: (id) => createStandaloneJournal({ database, organizationId: id }),
      fetch,
      clock: systemClock,
      logger: createLogger({ level: 'error' }),
    },
    organizationId,
    { source },
    () => {},
  )
  await importBrandPeople({ database, masterKey }, organizationId, { folder: source, actor: 'cli' })
  return brand.slug
}
