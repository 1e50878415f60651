import { collectBlocks } from './collect-blocks.ts'
import type { BlockCollector } from './collect-blocks.ts'
import type { ParsedParts } from './parsed-document.ts'

/** Reads plain text: what stands between blank lines is a paragraph. The title is left to the file's name. */
export function parseText(text: string): ParsedParts {
  const collector = collectBlocks()
  readParagraphs(text, { collector, firstLine: 1 })
  return { title: undefined, language: undefined, blocks: collector.finish(), notes: [] }
}

/** Reads the paragraphs of `text`, whose first line is line `firstLine` of the file, into the collector. */
export function readParagraphs(
  text: string,
  { collector, firstLine }: { collector: BlockCollector; firstLine: number },
) {
  let paragraph: string[] = []
  let line = firstLine
  const flush = () => {
    const start = line - paragraph.length
    collector.block('paragraph', paragraph.join('\n'), { start, end: line - 1 })
    paragraph = []
  }
  for (const content of text.split('\n')) {
    if (content.trim() === '') flush()
    else paragraph.push(content)
    line += 1
  }
  flush()
}
