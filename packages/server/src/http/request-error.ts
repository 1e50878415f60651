import { type ErrorKind, type ErrorOptions, NeonHubError } from '../base/errors.ts'

interface RequestErrorOptions extends Omit<ErrorOptions, 'kind'> {
  readonly status: number
  readonly kind?: ErrorKind
  readonly headers?: Readonly<Record<string, string>>
}

/** A failure with a status or header fields that only HTTP knows of: 405 with `Allow`, 415, 429 with the limit. */
export class RequestError extends NeonHubError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: string,
    message: string,
    { status, headers = {}, kind = 'invalid', ...options }: RequestErrorOptions,
  ) {
    super(code, message, { ...options, kind })
    this.name = 'RequestError'
    this.status = status
    this.headers = headers
  }
}
