import { z } from 'zod'
import { NeonHubError } from '../base/errors.ts'
import { type AuditLogId, asId, type PersonId } from '../base/ids.ts'
import { sql, type TenantTx, toJsonText } from '../db/index.ts'
import { erasureTerms } from './erasure-terms.ts'
import { hashMailbox } from './hash-mailbox.ts'
import { findIdentities } from './sql/find-identities.ts'
import { deleteMemoriesAbout, listSpellings, listUnfinishedRuns } from './sql/find-traces.ts'
import { identitiesOfPeople } from './sql/identities-of-people.ts'
import { lockConsents } from './sql/lock-consents.ts'
import { countObjectives } from './sql/objectives.ts'
import { mailboxesOf } from './sql/mailboxes-of.ts'
import { insertSuppression } from './sql/suppressions.ts'
import type { ContactChannel } from './spec.ts'

const Erased = z.object({
  tables: z.array(
    z.object({
      table: z.string(),
      column: z.string().optional(),
      deleted: z.number().optional(),
      redacted: z.number().optional(),
    }),
  ),
  auditIds: z.array(z.string()),
})

export interface ErasureReceipt {
  readonly channel: ContactChannel
  /** HMAC-SHA256 of the mailbox that was named, in hex: what still tells this receipt's person, to who has the secret. */
  readonly addressHmac: string
  /** People who were deleted: one, or none where the address stood in other records alone. */
  readonly people: number
  readonly addresses: number
  readonly tables: z.output<typeof Erased>['tables']
  /** Entries of the audit log whose text was redacted; the erasure's own entry vouches for them. */
  readonly auditIds: readonly AuditLogId[]
}

/**
 * Erases everything about the person behind an address (GDPR, article 17), in one transaction: what is theirs is
 * deleted, what names them elsewhere is redacted, and each address leaves a suppression by hash, so that it is neither
 * written to nor taken in again. Hashes of redacted arguments and inputs stay. The same again finds nothing.
 * Throws `people.runs_unfinished`: a run that is under way would write the address anew.
 */
export async function erasePerson(
  tx: TenantTx,
  {
    channel,
    address,
    actor,
    masterKey,
  }: {
    readonly channel: ContactChannel
    readonly address: string
    readonly actor: string
    readonly masterKey: Uint8Array
  },
): Promise<ErasureReceipt> {
  await lockConsents(tx)
  const { organizationId } = tx
  const { personIds, addresses } = await findWhole(tx, { channel, address })
  const spellings = await listSpellings(tx, [...new Set(addresses.map((one) => one.address))])
  const unfinished = await listUnfinishedRuns(tx, spellings)
  if (unfinished.length > 0) throw runsUnfinished(unfinished)
  const named = await hmacOf(tx, { address, masterKey })
  const terms = erasureTerms(spellings, { organizationId, masterKey })
  // Under a name that no mail reaches (RFC 2606), so that what was an address still reads as one.
  const marker = `erased-${named.slice(0, 16)}@erased.invalid`
  // Memories and objectives go with the people; here the receipt tells of them.
  const forgotten = await deleteMemoriesAbout(tx, personIds)
  const objectives = await countObjectives(tx, personIds)
  const { rows } = await sql<{ result: unknown }>`
    select erase_person(
      array(select id::uuid from jsonb_array_elements_text(${toJsonText(personIds)}::text::jsonb) as ids (id)),
      array(select term from jsonb_array_elements_text(${toJsonText(terms)}::text::jsonb) as terms (term)),
      ${marker}
    ) as result
  `.execute(tx)
  const { tables, auditIds } = Erased.parse(rows[0]?.result)
  for (const one of addresses) {
    await suppressByHash(tx, { ...one, hmac: await hmacOf(tx, { ...one, masterKey }), actor })
  }
  return {
    channel,
    addressHmac: named,
    people: personIds.length,
    addresses: addresses.length,
    tables: [
      ...(forgotten > 0 ? [{ table: 'agent_memories', deleted: forgotten }] : []),
      ...(objectives > 0 ? [{ table: 'objectives', deleted: objectives }] : []),
      ...tables,
    ],
    auditIds: auditIds.map((id) => asId(id)),
  }
}

interface Address {
  readonly channel: ContactChannel
  readonly address: string
}

/** The person of an address with all of their addresses, or the address by itself. */
export async function findWhole(
  tx: TenantTx,
  { channel, address }: Address,
): Promise<{ readonly personIds: readonly PersonId[]; readonly addresses: readonly Address[] }> {
  const personIds = (await findIdentities(tx, [{ channel, address }])).map(({ personId }) => personId)
  const own = await identitiesOfPeople(tx, personIds)
  const isAmong = own.some((one) => one.channel === channel && one.address.toLowerCase() === address.toLowerCase())
  return { personIds, addresses: isAmong ? own : [{ channel, address }, ...own] }
}

async function hmacOf(
  tx: TenantTx,
  { address, masterKey }: { readonly address: string; readonly masterKey: Uint8Array },
): Promise<string> {
  const [mailbox = address] = await mailboxesOf(tx, [address])
  return hashMailbox(masterKey, tx.organizationId, mailbox)
}

/** Puts the hash in the place of what stopped the mailbox before, whatever its spelling. */
async function suppressByHash(
  tx: TenantTx,
  { channel, address, hmac, actor }: Address & { readonly hmac: string; readonly actor: string },
): Promise<void> {
  await sql`
    delete from suppressions
    where organization_id = ${tx.organizationId} and channel = ${channel} and mailbox = mailbox_of(${address}::citext)
  `.execute(tx)
  const standing = await tx
    .selectFrom('suppressions')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('channel', '=', channel)
    .where('address_hmac', '=', hmac)
    .executeTakeFirst()
  if (!standing) await insertSuppression(tx, { channel, hmac, reason: 'erased', actor })
}

const runsUnfinished = (runIds: readonly string[]) =>
  new NeonHubError('people.runs_unfinished', `Runs that name the address are under way: ${runIds.join(', ')}`, {
    kind: 'conflict',
    hint: `Let them end, or cancel them: neonhub runs cancel ${runIds[0] ?? 'ID'}. Then erase again.`,
  })
