export { addJob } from './add-job.ts'
export { createQueue, type QueueParts } from './create-queue.ts'
export { type JobHandler, type JobRow, type Queue, type QueueHealth, type QueueName, queueNames } from './spec.ts'
export type { QueueTiming } from './timing.ts'
