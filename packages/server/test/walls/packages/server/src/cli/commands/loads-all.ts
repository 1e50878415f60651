export { tenant } from '../../db/index.ts'
