export { addJob } from './add-job.ts'
export { type JobHandler, type JobRow, type Queue, type QueueHealth, type QueueName, queueNames } from './spec.ts'
