export { withSystem } from '../db/system.ts'
