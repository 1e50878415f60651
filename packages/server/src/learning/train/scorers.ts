import type { PromptVoice } from '../../llm/spec.ts'
import { checkVoice, wordsOf } from '../../marketing/index.ts'
import { measureStyle, type StyleProfile, styleDistance } from './style.ts'
import { cosine } from './vectors.ts'

/** How well a passage fits a voice, on two scales of their own; more is better. */
export interface VoiceScorer {
  readonly style: (text: string) => number
  readonly meaning: (vector: readonly number[]) => number
}

/** Judges by what was measured: nearness to the usual style, and to the mean direction. */
export function measuredScorer({
  profile,
  centroid,
  language,
}: {
  readonly profile: StyleProfile
  readonly centroid: readonly number[]
  readonly language: string
}): VoiceScorer {
  return {
    style: (text) => -styleDistance(measureStyle(text, language), profile),
    meaning: (vector) => cosine(vector, centroid),
  }
}

/**
 * Judges by what a program can know of a voice that people wrote: how often a passage goes against its rules, a hundred
 * words, and nearness to its summary and examples (`centroid`).
 */
export function writtenScorer(voice: Pick<PromptVoice, 'rules' | 'avoid'>, centroid: readonly number[]): VoiceScorer {
  return {
    style: (text) => (-100 * checkVoice(text, voice).length) / Math.max(1, wordsOf(text).length),
    meaning: (vector) => cosine(vector, centroid),
  }
}

/** A brand without a voice can tell nothing from nothing. */
export const noScorer: VoiceScorer = { style: () => 0, meaning: () => 0 }
