import { NeonHubError } from '../base/errors.ts'
import type { Config } from '../base/config.ts'
import { type ApiClient, createClient } from './client.ts'
import { findRunningServer } from './server-file.ts'

/** A server elsewhere that the environment names. */
export interface RemoteServer {
  readonly url: string
  readonly apiKey: string
}

/**
 * Opens the API for a command: the server that the environment names, else the one that runs on this data folder, else
 * this process, which then works the queue itself until the command is over where the command waits for runs.
 */
export async function connect(
  config: Config,
  {
    remote,
    organization,
    worksQueue,
  }: {
    readonly remote: RemoteServer | undefined
    /** Slug of the organization to act in; undefined where there is but one. */
    readonly organization: string | undefined
    readonly worksQueue: boolean
  },
): Promise<ApiClient> {
  if (remote) return overNetwork(remote.url, { token: remote.apiKey, organization })
  const running = config.databaseUrl === undefined ? await findRunningServer(config.dataDir) : undefined
  if (running) return overNetwork(running.url, { token: running.token, organization })
  // Loaded only here: a command that talks to a running server needs none of it, and answers sooner.
  const { openInstallation } = await import('./installation.ts')
  const installation = await openInstallation(config)
  if (worksQueue) await installation.startWorker()
  return createClient({
    send: async (path, init) => installation.app.request(path, init),
    token: installation.localToken,
    organization,
    close: () => installation.close(),
  })
}

function overNetwork(
  url: string,
  { token, organization }: { readonly token: string; readonly organization: string | undefined },
): ApiClient {
  const base = url.replace(/\/+$/, '')
  return createClient({
    send: async (path, init) => {
      try {
        return await fetch(base + path, init)
      } catch (error) {
        throw new NeonHubError('cli.server_unreachable', `The server at ${base} does not answer`, {
          kind: 'unavailable',
          hint: 'Start it with npm start, or correct NEONHUB_URL.',
          cause: error,
        })
      }
    },
    token,
    organization,
    close: async () => {},
  })
}
