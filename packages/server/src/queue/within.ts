import { NeonHubError } from '../base/errors.ts'

/** What `work` resolves to, or `queue.backend_silent` once it has taken `timeoutMs`. */
export async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new NeonHubError('queue.backend_silent', `The queue did not answer within ${timeoutMs} ms`, {
            kind: 'unavailable',
            retryable: true,
          }),
        ),
      timeoutMs,
    )
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `work` is over within `timeoutMs`; one that failed is none. */
export const isDoneWithin = (timeoutMs: number, work: Promise<unknown>): Promise<boolean> =>
  within(timeoutMs, work).then(
    () => true,
    () => false,
  )
