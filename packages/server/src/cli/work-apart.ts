/** A process that does one run, because it has taken workers down; a worker starts it. */
import { flushCompileCache } from 'node:module'
import { env } from 'node:process'
import { parseConfig } from '../base/config.ts'
import { workApart } from '../queue/index.ts'
import { openInstallation } from './installation.ts'

await workApart(async (workerId) => {
  const { openApart } = await openInstallation(parseConfig(env), { workerId })
  // Many of these are killed, and would keep nothing of what they compiled.
  flushCompileCache()
  return openApart()
})
