import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import { findIntent } from '../find-intent.ts'
import { getPrompt, versionUnknown } from '../settings/prompts.ts'
import { findTaskFaults } from '../settings/task.ts'
import type { Agent, PromptOverride } from '../spec.ts'

/**
 * Checks that texts could be asked in the place of those in force. Throws the errors of `findIntent`,
 * `runtime.prompt_unknown`, `runtime.prompt_version_unknown`, and `runtime.prompt_invalid` where the code fills in other
 * values by now.
 */
export async function checkPrompts(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  prompts: readonly PromptOverride[],
): Promise<void> {
  for (const { version, ...named } of prompts) {
    const { agent, intent } = findIntent(agents, named)
    const prompt = await getPrompt(tx, agent, named)
    if (version === 0) continue
    const chosen = prompt.versions.find((one) => one.version === version)
    if (!chosen) throw versionUnknown(prompt, version)
    const template = intent.tasks?.find(({ key }) => key === named.key)
    const [fault] = template ? findTaskFaults(template, chosen.task) : []
    if (fault) {
      throw new NeonHubError('runtime.prompt_invalid', `Version ${version} of "${named.key}" ${fault.message}`, {
        kind: 'conflict',
        hint: 'The code fills in other values since it was written: choose another version.',
      })
    }
  }
}
