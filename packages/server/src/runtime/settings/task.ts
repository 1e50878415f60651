import type { ErrorIssue } from '../../base/errors.ts'
import type { FilledTask, TaskTemplate } from '../spec.ts'

/** A name in braces. Other braces, such as those of JSON, are text. */
const placeholder = /\{([A-Za-z]\w*)\}/g

/** Describes a task whose text organizations may replace. */
export function defineTask<const Name extends string = never>(template: TaskTemplate<Name>): TaskTemplate<Name> {
  return template
}

/** A task with what stands for its names. */
export function fillTask<Name extends string>(
  template: TaskTemplate<Name>,
  values: Readonly<Record<NoInfer<Name>, string | number>>,
): FilledTask {
  return { template, values }
}

/**
 * A text with its values filled in, in one pass: what a value says is never taken for a name. A line of which nothing is
 * left is left out.
 */
export function renderTask(text: string, values: FilledTask['values']): string {
  const lines = text.split('\n').map((line) => {
    const filled = line.replaceAll(placeholder, (name, key: string) => String(values[key] ?? name))
    return filled.trim() === '' && line.trim() !== '' ? undefined : filled
  })
  return lines.filter((line) => line !== undefined).join('\n')
}

/** What is wrong with a text of an organization's: names that the code fills nothing in for. */
export function findTaskFaults(template: TaskTemplate, text: string): readonly ErrorIssue[] {
  const known = Object.keys(template.values)
  const list = known.length === 0 ? 'This prompt has none.' : `There are ${known.map((one) => `{${one}}`).join(', ')}.`
  return namesIn(text)
    .filter((name) => !Object.hasOwn(template.values, name))
    .map((name) => ({ path: 'task', message: `names {${name}}, for which nothing is filled in. ${list}` }))
}

/** The names whose values a text leaves out: no fault, and yet something that the model is not told. */
export function unusedNames(template: TaskTemplate, text: string): readonly string[] {
  const used = namesIn(text)
  return Object.keys(template.values).filter((name) => !used.includes(name))
}

const namesIn = (text: string) => [...new Set([...text.matchAll(placeholder)].map(([, name = '']) => name))]
