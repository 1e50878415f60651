import { z } from 'zod'
import { Id } from './values.ts'

/**
 * One server-sent event of a run. On the wire `id` and `type` are the event's own fields and `data` is its JSON.
 * `step`: a step is over. `llm`, `tool`: a call began or ended. `run`: the status changed. `end`: the last one; the run
 * is succeeded, failed, cancelled or needs attention, and the stream closes.
 */
export const RunEvent = z.object({
  /** The sequence number, and what `Last-Event-ID` goes on after. */
  id: z.number().int(),
  type: z.enum(['step', 'run', 'llm', 'tool', 'end']),
  data: z.looseObject({ runId: Id, status: z.string().optional() }),
})
export type RunEvent = z.output<typeof RunEvent>
