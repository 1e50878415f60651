import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { OrganizationId } from '../../../src/base/ids.ts'
import { effects } from './courier.ts'
import type { openService } from './open-service.ts'

type Service = Awaited<ReturnType<typeof openService>>

/** What was asked for and answered. */
export interface Asked {
  /** The run that the API named, by its mark. */
  readonly acknowledged: ReadonlyMap<string, string>
  /** Requests that failed and were sent again with their key. */
  readonly requestsRepeated: number
}

const lanes = 12
const Started = z.object({ id: z.string() })

/**
 * Asks the API for as many runs as there are, in some lanes at once. A request that the service could not answer is sent
 * again with its key until it can.
 */
export async function askForRuns(
  service: Service,
  organizationId: OrganizationId,
  { runs }: { readonly runs: number },
): Promise<Asked> {
  const acknowledged = new Map<string, string>()
  let requestsRepeated = 0
  const next = Array.from({ length: runs }, (_, index) => index).values()
  const ask = async () => {
    for (const index of next) {
      const mark = `mark-${index}`
      const input = { mark, effect: effects[index % effects.length] }
      const body = { agent: 'Courier', intent: 'carry', input, approveAll: true }
      for (;;) {
        const response = await service.post(organizationId, '/v1/runs', { key: mark, body })
        if (response.ok) {
          acknowledged.set(mark, Started.parse(await response.json()).id)
          break
        }
        if (response.status < 500) throw new Error(`${response.status} ${await response.text()}`)
        requestsRepeated += 1
        await sleep(20)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, ask))
  return { acknowledged, requestsRepeated }
}
