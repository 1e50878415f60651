import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from './proofs/random.ts'

const vocabulary = {
  brisk: {
    things: ['mill', 'burr', 'handle', 'hopper', 'grain', 'flour', 'bearing', 'spring'],
    acts: ['turns', 'holds', 'grips', 'cuts', 'keeps', 'wears'],
  },
  ornate: {
    things: ['collection', 'silhouette', 'embroidery', 'neckline', 'atmosphere', 'craftsmanship', 'inspiration'],
    acts: ['embodies', 'celebrates', 'accentuates', 'complements', 'illuminates'],
  },
} as const

/** How a made-up brand writes: short and to the reader, or long and about itself. */
export type TestVoice = keyof typeof vocabulary

/** A folder of documents that one made-up brand wrote, the same ones for each call. */
export async function writeVoiceFolder(
  folder: string,
  { voice, documents, name = voice }: { readonly voice: TestVoice; readonly documents: number; readonly name?: string },
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'brand.yaml'), `name: ${name}\nlanguage: en\n`)
  const random = createRandom(voice.length).next
  for (let number = 0; number < documents; number += 1) {
    const sentences = Array.from({ length: voice === 'brisk' ? 48 : 16 }, () => sentenceOf(voice, random))
    await writeFile(join(folder, `${number}.md`), `# Page ${number}\n\n${sentences.join(' ')}\n`)
  }
  return folder
}

function sentenceOf(voice: TestVoice, random: () => number): string {
  const { things, acts } = vocabulary[voice]
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? ''
  const number = Math.floor(random() * 1000)
  if (voice === 'brisk') return `You see how the ${pick(things)} ${pick(acts)} your ${pick(things)} ${number}.`
  return `Our ${pick(things)}, with its unforgettable ${pick(things)} and the effortless ${pick(things)} of edition ${number}, ${pick(acts)} the ${pick(things)} that ${pick(acts)} everything around it; a sophisticated ${pick(things)}, we believe!`
}
