export { tenant } from '../db/tenant.ts'
