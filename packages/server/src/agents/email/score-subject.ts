import { checkVoice, type CheckedVoice, countTerm } from '../../marketing/index.ts'

export interface SubjectScore {
  /** 0 to 100. */
  readonly score: number
  /** What costs points; empty for a subject that keeps every rule. */
  readonly faults: readonly string[]
}

/** Words that filters and readers have learned to distrust in a subject. */
const worn =
  /\b(?:free|guaranteed?|act now|urgent|winner|cash|limited time|click here|100 ?%|risk[- ]free|buy now)\b|\${2,}/i

/**
 * Scores a subject line by rules that can be checked: length (phones show about 40 characters, desktops about 60),
 * shouting, worn words, the brand's words to avoid, and whether the keyword stands in it. Each fault takes off the points
 * named here; the weights are our own judgement, no provider publishes its own.
 */
export function scoreSubject(
  subject: string,
  { voice, keywords = [] }: { readonly voice: CheckedVoice | undefined; readonly keywords?: readonly string[] },
): SubjectScore {
  const length = [...subject].length
  const letters = subject.replaceAll(/[^\p{L}]/gu, '')
  const capitals = subject.replaceAll(/[^\p{Lu}]/gu, '')
  const faults: (readonly [points: number, message: string])[] = []
  if (length > 60) faults.push([25, `It has ${length} characters; over 60 it is cut on every screen.`])
  else if (length > 45) faults.push([8, `It has ${length} characters; phones show about 40.`])
  if (length < 15) faults.push([15, `It has only ${length} characters; it says too little.`])
  if (letters.length > 5 && capitals.length / letters.length > 0.5) faults.push([25, 'It is mostly capitals.'])
  if (/[!?]{2,}|!.*!/.test(subject)) faults.push([15, 'It repeats exclamation or question marks.'])
  const [wornWord] = worn.exec(subject) ?? []
  if (wornWord !== undefined) faults.push([15, `“${wornWord}” makes filters suspicious.`])
  if (voice) for (const { message } of checkVoice(subject, voice)) faults.push([20, message])
  if (keywords.length > 0 && !keywords.some((keyword) => countTerm(keyword, subject) > 0)) {
    faults.push([10, 'It names none of the keywords.'])
  }
  const lost = faults.reduce((sum, [points]) => sum + points, 0)
  return { score: Math.max(0, 100 - lost), faults: faults.map(([, message]) => message) }
}
