import { routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../base/errors.ts'
import { insertTopic } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'

export const createTopic = implement(routes.createTopic)(async ({ body, inTenant, audit }) => {
  const id = await inTenant(async (tx) => {
    const added = await insertTopic(tx, body)
    if (added) await audit(tx, { subject: `topic:${added}`, detail: { slug: body.slug } })
    return added
  })
  if (id) return { status: 201, body: { id, ...body, people: 0 } }
  throw new NeonHubError('people.topic_taken', `There is a topic ${body.slug} already`, { kind: 'conflict' })
})
