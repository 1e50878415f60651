import { NeonHubError } from '../../base/errors.ts'
import type { Attempt } from '../attempt.ts'
import type { Prompt, StepPrompt } from '../spec.ts'
import type { PromptVersionRef } from './prompt-version.ts'
import { renderTask } from './task.ts'

/**
 * A prompt as the code words it, and as it is asked: with the organization's own text of the task, where one is in force.
 * Voice, facts and sources stay the code's, and so does the fence around them.
 */
export function resolvePrompt(
  { agent, lease }: Attempt,
  { task, ...parts }: StepPrompt,
): { readonly coded: Prompt; readonly asked: Prompt; readonly version: PromptVersionRef | undefined } {
  if (typeof task === 'string') return { coded: { task, ...parts }, asked: { task, ...parts }, version: undefined }
  const { template, values } = task
  if (!agent.intents[lease.intent]?.tasks?.some(({ key }) => key === template.key)) {
    throw new NeonHubError(
      'runtime.task_undeclared',
      `${agent.name} ${lease.intent} does not declare "${template.key}"`,
      {
        kind: 'internal',
        hint: 'Name the task among the intent’s `tasks`, so that organizations can see and replace it.',
      },
    )
  }
  const coded = { task: renderTask(template.text, values), ...parts }
  const own = lease.settings.prompts.get(template.key)
  if (!own) return { coded, asked: coded, version: undefined }
  const { promptId, version } = own
  return { coded, asked: { ...parts, task: renderTask(own.task, values) }, version: { promptId, version } }
}
