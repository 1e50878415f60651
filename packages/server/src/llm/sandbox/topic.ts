import type { ReadPrompt } from './read-prompt.ts'
import { clip } from './words.ts'

const topicNames =
  /^(?:topic|title|subject|theme|product|productname|offer|campaign|campaignname|keyword|question|name|brief)$/i

/** What a task is about: a fact that says so, else what the task puts in quotes or after “about”, else the first source. */
export function findTopic({ task, facts, sources }: ReadPrompt): string {
  const fact = Object.entries(facts).find(
    ([name, value]) =>
      topicNames.test(name.replaceAll(/[^a-z]/gi, '')) && typeof value === 'string' && value.trim() !== '',
  )?.[1]
  const quoted = /[“"]([^”"\n]{3,80})[”"]/.exec(task)?.[1]
  const told = /\b(?:about|on|regarding|announcing|promoting|introducing|titled|topic:|for)\s+([^.;:\n]{4,})/i.exec(
    task,
  )?.[1]
  const phrase = (typeof fact === 'string' ? fact : undefined) ?? quoted ?? told ?? sources[0]?.title ?? task
  return clip(
    phrase
      .split(/[.;:\n]|\b(?:using|that|which|based on|with a|in a|so that|and (?:make|keep|use|include))\b/i)[0]
      ?.trim()
      .replace(/[\s,;:–-]+$/, '')
      .replace(/^(?:the|a|an|our|your|its|their|this|how)\s+(?=\S+\s)/i, '') ?? '',
    60,
  )
}
