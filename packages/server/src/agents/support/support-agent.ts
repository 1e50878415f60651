import { defineAgent } from '../../runtime/index.ts'
import { support } from './support.ts'

/** Answers those who ask, from the brand's documents, and says when a person should. */
export const supportAgent = defineAgent({
  name: 'SupportAgent',
  description: 'Answers questions in a conversation from the brand’s documents, and says when a person should',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 500_000 },
  intents: { support },
})
