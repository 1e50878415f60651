import { execFile } from 'node:child_process'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

/** What the walls say of a small tree that is laid out as the sources are, and breaks them. */
async function cruise() {
  const depcruise = at('../../../node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const config = at('../../../.dependency-cruiser.mjs')
  const stdout = await new Promise<string>((resolve) => {
    // Ends with as many as there are violations.
    execFile(
      execPath,
      [depcruise, '--config', config, '--output-type', 'json', 'packages'],
      { cwd: at('walls') },
      (_, out) => resolve(out),
    )
  })
  return Report.parse(JSON.parse(stdout)).summary.violations.map(({ from, rule }) => [
    from.replace('packages/server/src/', ''),
    rule.name,
  ])
}

test('a transaction that crosses organizations, an inside of a room, a sibling, and a command’s rooms before it runs are out of reach', async () => {
  expect((await cruise()).toSorted()).toEqual([
    ['agents/one/knows-its-sibling.ts', 'agents-siblings'],
    ['base/leans-on-db.ts', 'base-wall'],
    ['cli/commands/loads-all.ts', 'light-commands'],
    ['knowledge/crosses-organizations.ts', 'system-door'],
    ['knowledge/opens-no-door.ts', 'db-door'],
  ])
})
