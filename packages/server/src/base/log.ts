import { type DestinationStream, pino } from 'pino'

export type { Logger } from 'pino'

/** Keys whose values never reach a log, at any depth that pino's redaction reaches. */
const secretKeys = ['password', 'secret', 'token', 'apiKey', 'authorization', 'cookie', 'privateKey', 'accessToken']

/** A JSON logger on standard error (so that standard output stays the command's own), with secrets cut out. */
export function createLogger({ level, destination }: { level: string; destination?: DestinationStream }) {
  const options = {
    level,
    base: null,
    redact: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
  }
  return pino(options, destination ?? pino.destination({ dest: 2, sync: true }))
}
