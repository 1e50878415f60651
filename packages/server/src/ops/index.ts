export { releaseAbandoned } from './release-abandoned.ts'
export { wakeRuns } from './wake-runs.ts'
