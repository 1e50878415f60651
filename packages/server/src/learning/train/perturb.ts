import type { Passage } from '../spec.ts'
import { shuffle } from './random.ts'

/**
 * A passage with its words in another order, marks and all: what it says and how often it says it stays, and how its
 * sentences are built is lost. A hard contrast, and a narrow one: it shows only what a voice knows of sentences.
 */
export function perturb(passage: Passage, random: () => number): Passage {
  return { ...passage, text: shuffle(passage.text.split(/\s+/), random).join(' ') }
}
