import { defineAgent } from '../../runtime/index.ts'
import { abTest } from './ab-test.ts'
import { generateSequence } from './generate-sequence.ts'
import { optimizeSubject } from './optimize-subject.ts'

/** Writes emails and makes their subject lines better. It sends nothing. */
export const emailAgent = defineAgent({
  name: 'EmailAgent',
  description: 'Writes email sequences, improves subject lines, and plans A/B tests',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1_000_000 },
  intents: { 'generate-sequence': generateSequence, 'optimize-subject': optimizeSubject, 'ab-test': abTest },
})
