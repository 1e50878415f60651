import { routes } from '@neonhub/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { followRun, type StreamState } from '../api/follow-run.ts'
import { runKey } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'

/** Events come in bursts; the detail is read again at most this often. */
const gatherMs = 250

/** Keeps a run's detail fresh by its events while it is `active`, and says how the stream is. */
export function useRunStream(runId: string, active: boolean): StreamState {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [state, setState] = useState<StreamState>('closed')

  useEffect(() => {
    if (!active) return
    const stopped = new AbortController()
    let refresh: ReturnType<typeof setTimeout> | undefined
    const onEvent = () => {
      refresh ??= setTimeout(() => {
        refresh = undefined
        void queryClient.invalidateQueries({ queryKey: runKey(runId) })
      }, gatherMs)
    }
    void followRun({
      open: (lastEventId) =>
        api.open(routes.streamRunEvents, { params: { id: runId }, lastEventId, signal: stopped.signal }),
      onEvent,
      onState: (next) => {
        if (!stopped.signal.aborted) setState(next)
      },
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      signal: stopped.signal,
    })
    return () => {
      stopped.abort()
      clearTimeout(refresh)
    }
  }, [api, queryClient, runId, active])

  return active ? state : 'closed'
}
