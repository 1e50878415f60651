import { routes } from '@neonhub/contract'
import { hashAuditEntries } from '../../../../../identity/index.ts'
import { erasePerson as erase, getAddress } from '../../../../../people/index.ts'
import { implement } from '../../../../implement.ts'

export const erasePerson = implement(routes.erasePerson)(async ({ parts, body, caller, inTenant, audit }) => {
  const { channel } = body
  const receipt = await inTenant(async (tx) => {
    const address = getAddress(channel, body.address)
    const { masterKey } = parts
    const erased = await erase(tx, { channel, address, actor: caller.name, masterKey })
    const { addressHmac, people, addresses, tables, auditIds } = erased
    const redacted = await hashAuditEntries(tx, auditIds)
    await audit(tx, { subject: `address:${addressHmac}`, detail: { channel, people, addresses, tables, redacted } })
    return erased
  })
  return {
    status: 200,
    body: { ...receipt, auditIds: [...receipt.auditIds], erasedAt: parts.clock.now().toISOString() },
  }
})
