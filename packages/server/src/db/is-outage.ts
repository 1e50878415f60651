import { NeonHubError } from '../base/errors.ts'

/** Lost connections, deadlocks, a server that is full or going down (PostgreSQL, appendix A: error codes). */
const passingStates = /^(08|40|53|57P)/
const sqlState = /^[0-9A-Z]{5}$/
const socketError = /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/
/** What node-postgres says without a code. */
const poolError = /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i

/** Whether a statement failed because the database was away for a moment, and not for what it said. */
export function isOutage(error: unknown): boolean {
  if (error instanceof NeonHubError) return error.code === 'db.connection_lost' || error.code === 'db.commit_unknown'
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // Whatever is FATAL ends the session: refused at the door, or thrown out of it.
  if ('severity' in error && error.severity === 'FATAL') return true
  if (passingStates.test(code) || socketError.test(code)) return true
  return !sqlState.test(code) && poolError.test(error.message)
}
