import { messageOf } from '../base/errors.ts'
import { readUpTo } from '../base/read-up-to.ts'
import { retryAfterMs } from '../base/retry-after.ts'
import { signWebhook } from '../base/sign-webhook.ts'
import { toStorableText } from '../base/storable-text.ts'
import type { Clock } from '../base/clock.ts'
import type { AttemptOutcome } from './sql/finish-attempt.ts'

const maxAnswerBytes = 1024
const maxErrorCharacters = 500

export interface SentMessage {
  readonly outcome: AttemptOutcome
  /** How long the receiver asks to be left alone. */
  readonly retryAfterMs: number | undefined
}

/**
 * Posts one signed message. Redirects are not followed: what is signed for one address is not sent on to another. Never
 * throws; that there is no answer is an outcome.
 */
export async function sendMessage(
  {
    fetch,
    clock,
    timeoutMs,
    signal,
  }: {
    readonly fetch: typeof globalThis.fetch
    readonly clock: Clock
    readonly timeoutMs: number
    readonly signal: AbortSignal
  },
  { id, url, body, secrets }: { id: string; url: string; body: string; secrets: readonly string[] },
): Promise<SentMessage> {
  const startedAt = performance.now()
  const durationMs = () => performance.now() - startedAt
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([deadline, signal]),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'NeonHub-Webhooks',
        ...signWebhook({ id, sentAt: clock.now(), body, secrets }),
      },
      body,
    })
    const { status } = response
    const answer = await readAnswer(response)
    return {
      outcome: {
        durationMs: durationMs(),
        statusCode: status,
        answer,
        error: response.ok ? undefined : complaintOf(status),
      },
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), clock.now()),
    }
  } catch (error) {
    const reason = deadline.aborted
      ? `No answer within ${timeoutMs / 1000} seconds`
      : signal.aborted
        ? 'The worker stopped while the message was on its way'
        : deepestMessage(error)
    return {
      outcome: { durationMs: durationMs(), error: toStorableText(reason).slice(0, maxErrorCharacters) },
      retryAfterMs: undefined,
    }
  }
}

/** The status has decided already: an answer that breaks off undoes nothing. */
async function readAnswer(response: Response): Promise<string> {
  try {
    return toStorableText(await readUpTo(response, maxAnswerBytes))
  } catch (error) {
    return toStorableText(`(the answer broke off: ${messageOf(error)})`)
  }
}

function complaintOf(status: number): string {
  if (status === 410) return 'The receiver is gone for good (410)'
  if (status >= 300 && status < 400) return `The receiver redirects (${status}), which is not followed`
  return `The receiver answered ${status}`
}

/** Fetch says only "fetch failed"; the reason stands in its causes. */
function deepestMessage(error: unknown): string {
  let current = error
  while (current instanceof Error && current.cause instanceof Error) current = current.cause
  return messageOf(current) || 'The connection was lost'
}
