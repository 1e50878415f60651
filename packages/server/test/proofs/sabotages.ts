import { NeonHubError } from '../../src/base/errors.ts'

/** What `--sabotage NAME` asks to be broken first, once for each time that it stands there. Throws `proof.sabotage_unknown`. */
export function sabotagesOf<Name extends string>(flags: readonly string[], names: readonly Name[]): readonly Name[] {
  return flags.flatMap((flag, index) => {
    if (flag !== '--sabotage') return []
    const given = flags[index + 1] ?? ''
    const found = names.find((name) => name === given)
    if (found !== undefined) return [found]
    throw new NeonHubError('proof.sabotage_unknown', `There is no sabotage "${given}"`, {
      kind: 'invalid',
      hint: `Name one of ${names.map((name) => `"${name}"`).join(', ')}.`,
    })
  })
}
