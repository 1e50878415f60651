import { NeonHubError } from '../base/errors.ts'
import { sqlStateOf } from './sql-state.ts'

/** What a failure says where PostgreSQL had no room to write (SQLSTATE 53100, disk_full); undefined for any other. */
export function explainFullDisk(error: unknown): NeonHubError | undefined {
  if (sqlStateOf(error) !== '53100') return undefined
  return new NeonHubError('db.disk_full', 'The disk of the database is full', {
    kind: 'unavailable',
    hint: 'Whoever runs the server has to make room. Nothing that was on record is lost.',
    retryable: true,
    cause: error,
  })
}
