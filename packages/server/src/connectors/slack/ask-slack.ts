import {
  type FetchFunction,
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api'
import { fetchError } from '../_lib/fetch-error.ts'
import { ConnectorError } from '../spec.ts'
import type { SlackCall } from './schemas.ts'
import { slackRateLimited, slackRefusal } from './slack-error.ts'

/** What the client would print is in the error that it throws. */
const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
}

/**
 * One call of Slack's Web API. The client neither repeats nor queues: what is sent again, the ledger decides, and it
 * would not know of a message that the client sent twice. Throws a `ConnectorError` for every failure.
 */
export async function askSlack<Answer>(call: SlackCall, ask: (client: WebClient) => Promise<Answer>): Promise<Answer> {
  let status: number | undefined
  const send: FetchFunction = async (url, { method, headers, body, redirect } = {}) => {
    const response = await call.fetch(url, {
      signal: call.signal,
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      ...(redirect === undefined ? {} : { redirect }),
    })
    status = response.status
    return response
  }
  const client = new WebClient(call.credentials.botToken, {
    fetch: send,
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    ...(call.settings.apiUrl === undefined ? {} : { slackApiUrl: call.settings.apiUrl }),
  })
  try {
    return await ask(client)
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    if (error instanceof WebAPIPlatformError) throw slackRefusal(error.data.error)
    if (error instanceof WebAPIRateLimitedError) throw slackRateLimited(error.retryAfter * 1000, error)
    // The client has no error of its own for a 429 without a readable Retry-After.
    if (status === 429) throw slackRateLimited(undefined, error)
    if (error instanceof WebAPIHTTPError) {
      throw new ConnectorError('connectors.slack_unavailable', `Slack answered ${error.statusCode}`, {
        kind: 'unavailable',
        effect: error.statusCode >= 500 ? 'unknown' : 'none',
        retryable: error.statusCode >= 500,
        cause: error,
      })
    }
    const cause = error instanceof WebAPIRequestError ? error.original : error
    throw fetchError(cause, { provider: 'Slack', signal: call.signal })
  }
}
