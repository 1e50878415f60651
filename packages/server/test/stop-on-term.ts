import type { Database } from '../src/db/index.ts'
import type { Queue } from '../src/queue/index.ts'

/** Has a worker's process end on SIGTERM as an operator's does: what is under way is handed on, and the database closed. */
export function stopOnTerm({
  queue,
  database,
}: {
  readonly queue: Pick<Queue, 'stop'>
  readonly database: Database
}): void {
  process.once('SIGTERM', () => {
    void queue
      .stop()
      .then(() => database.close())
      .then(() => process.exit(0))
  })
}
