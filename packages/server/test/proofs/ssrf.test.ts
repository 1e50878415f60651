import { expect, test } from 'vitest'
import { proveSsrf } from './ssrf.ts'

const prove = (flags: readonly string[]) => {
  const said: string[] = []
  const say = (line: string) => said.push(line)
  return proveSsrf({ databaseUrl: '', isShort: true, seed: 1, flags, say }).then((answer) => ({ answer, said }))
}

test('the proof of the address guard finds that the guard was taken away', async () => {
  const { answer, said } = await prove(['--sabotage'])
  expect(answer.ok).toBe(false)
  expect(answer.canaryHits).toBeGreaterThan(5)
  expect(said.join('\n')).toMatch(/found: redirect 307 to .* was answered/)
})
