import { describe, expect, test } from 'vitest'
import { serverUrl } from '../database.ts'
import { sabotages } from './routes/sabotages.ts'
import { proveRoutes } from './routes.ts'

describe.skipIf(serverUrl === undefined)('the proof of the routes', () => {
  test.each(Object.keys(sabotages))(
    'finds what is broken on purpose: %s',
    async (sabotage) => {
      const said: string[] = []
      const answer = await proveRoutes({
        databaseUrl: serverUrl ?? '',
        isShort: true,
        seed: 1,
        flags: ['--sabotage', sabotage],
        say: (line) => said.push(line),
      })
      expect(answer.ok).toBe(false)
      const found = said.filter((line) => line.startsWith('found: ')).join('\n')
      expect(found).toMatch(foundBy[sabotage] ?? /a pattern for each sabotage/)
    },
    120_000,
  )
})

/** What the proof says of each: a fault of another kind must not pass for the one that was made. */
const foundBy: Readonly<Record<string, RegExp>> = {
  membership: /a member of another organization acts in a foreign organization: (?!404)\d+/,
  role: /a viewer of another organization asks for a foreign row: 404 .*, and not 403/,
  scopes: /a key without \S+ asks for a foreign row: 404 .*, and not 403/,
  rows: /GET \/v1\/people\/\{id\}: .* asks for a foreign row: 200/,
  'sign-in': /nobody asks for a foreign row: 404 .*, and not 401/,
  properties: /does not refuse (\S+\.)?unknownProperty: (?!400)\d+/,
  unfillable: /GET \/v1\/nowhere\/\{id\} cannot be filled: there is no nowhere\.id/,
}
