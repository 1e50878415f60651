import { routes } from '@neonhub/contract'
import { recordMetrics as record } from '../../../../marketing/index.ts'
import { implement } from '../../../implement.ts'

export const recordMetrics = implement(routes.recordMetrics)(async ({ body: { events }, caller, inTenant, audit }) => {
  const results = await inTenant(async (tx) => {
    const outcomes = await record(tx, { events, recordedBy: caller.name })
    const told = events.map(({ key }, index) => ({ key, status: outcomes[index] ?? 'known' }))
    const isNew = told.filter(({ status }) => status === 'recorded').length
    await audit(tx, { subject: 'metrics', detail: { events: events.length, recorded: isNew } })
    return told
  })
  const count = (wanted: string) => results.filter(({ status }) => status === wanted).length
  return {
    status: 200,
    body: { recorded: count('recorded'), known: count('known'), differing: count('differs'), results },
  }
})
