import { fromMarkdown } from 'mdast-util-from-markdown'
import { toString } from 'mdast-util-to-string'
import { z } from 'zod'
import type { PromptVoice } from '../../llm/spec.ts'
import { readFrontMatter } from '../parse/read-front-matter.ts'
import { brandFileError, parseYamlFile } from './parse-yaml-file.ts'

const FrontMatter = z.looseObject({
  name: z.string().trim().min(1).optional(),
  summary: z.string().trim().min(1).optional(),
})

type Part = 'summary' | 'rules' | 'avoid' | 'examples'

/** Tried in this order: “don't” holds “do”. */
const partNames: readonly (readonly [Part, RegExp])[] = [
  ['avoid', /\b(?:avoid|don['’]?ts?|do not|never|banned|forbidden|not to)\b/i],
  ['examples', /\b(?:examples?|samples?|sounds like)\b/i],
  ['rules', /\b(?:rules?|do['’]?s?|always|guidelines?|principles?|style)\b/i],
  ['summary', /\b(?:summary|voice|tone|overview|about|who we are|personality)\b/i],
]

const maxLength = 256 * 1024

/**
 * Parses `voice.md`: an optional front matter (`name`, `summary`) and sections by their headings: summary or tone; do,
 * rules; don't, avoid; examples. List items and paragraphs are one entry each. What stands before the first heading is
 * the summary; what stands under a heading of another name is a rule that begins with it.
 * Throws `knowledge.brand_file`.
 */
export function parseVoiceMd(
  text: string,
  options: { readonly brandName: string; readonly file?: string },
): PromptVoice {
  const file = options.file ?? 'voice.md'
  if (text.length > maxLength) throw brandFileError({ file, reason: 'it is longer than 256 KiB' })
  const { body, problem, yaml } = readFrontMatter(text)
  const header = yaml === undefined ? {} : parseYamlFile(yaml, { file, schema: FrontMatter, firstLine: 2 })
  if (problem !== undefined) throw brandFileError({ file, line: 1, reason: `its front matter is wrong: ${problem}` })
  const entries = readEntries(body)
  const of = (part: Part) => entries.filter((entry) => entry.part === part).map((entry) => entry.text)
  const summary = [header.summary, ...of('summary')].filter((each) => each !== undefined).join('\n')
  const voice = { summary, rules: of('rules'), avoid: of('avoid'), examples: of('examples') }
  if (summary === '' && entries.length === 0) {
    const hint = 'Describe the voice in a few sentences, or in sections named Do, Avoid and Examples.'
    throw brandFileError({ file, reason: 'it says nothing about the voice', hint })
  }
  return { name: header.name ?? options.brandName, ...voice }
}

interface Entry {
  readonly part: Part
  readonly text: string
}

function readEntries(body: string): readonly Entry[] {
  const entries: Entry[] = []
  let part: Part = 'summary'
  let prefix = ''
  for (const node of fromMarkdown(body).children) {
    if (node.type === 'heading') {
      const heading = toString(node)
      // The one heading of level 1 is the file's title.
      const named = partNames.find(([, pattern]) => pattern.test(heading))?.[0]
      part = node.depth === 1 ? 'summary' : (named ?? 'rules')
      prefix = node.depth === 1 || named !== undefined ? '' : `${heading}: `
      continue
    }
    const texts =
      node.type === 'list' ? node.children.map((item) => toString(item)) : [toString(node, { includeHtml: false })]
    for (const text of texts) if (text.trim() !== '') entries.push({ part, text: prefix + text.trim() })
  }
  return entries
}
