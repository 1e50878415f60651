import { routes } from '@neonhub/contract'
import { setPolicy } from '../../../../../../runtime/index.ts'
import { getAgent, toPolicy } from '../../../../../agent-settings.ts'
import { implement } from '../../../../../implement.ts'

export const setAgentPolicy = implement(routes.setAgentPolicy)(async ({
  parts,
  params,
  body,
  caller,
  inTenant,
  audit,
}) => {
  const agent = getAgent(parts, params.name)
  const policy = await inTenant(async (tx) => {
    const mayApprove = caller.permissions.has('approvals:decide')
    const written = await setPolicy(tx, agent, { ...body, actor: caller.name, mayApprove })
    await audit(tx, { subject: `agent:${agent.name}`, detail: { version: written.version, note: body.note } })
    return written
  })
  return { status: 200, body: toPolicy(policy) }
})
