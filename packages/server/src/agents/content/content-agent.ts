import { defineAgent } from '../../runtime/index.ts'
import { generateDraft } from './generate-draft.ts'
import { repurpose } from './repurpose.ts'
import { summarize } from './summarize.ts'

/** Writes from the brand's documents, and says which passage each claim rests on. */
export const contentAgent = defineAgent({
  name: 'ContentAgent',
  description: 'Writes articles with citations, summarizes what the brand knows, and turns texts into other forms',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1_000_000 },
  intents: { 'generate-draft': generateDraft, summarize, repurpose },
})
