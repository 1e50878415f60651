export { releaseAbandoned } from './release-abandoned.ts'
