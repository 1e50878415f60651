/** PostgreSQL's code of an error, or an empty text: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const sqlStateOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''
