import { NeonHubError } from '../base/errors.ts'
import type { TenantTx } from '../db/index.ts'
import { askRecipients, type RecipientRecord } from './sql/ask-recipients.ts'
import { getUnknownRecipients } from './sql/unknown-recipients.ts'
import type { ConsentPurpose } from './spec.ts'

/** A call that would reach people. */
export interface AskedSend {
  readonly channel: string
  /** Undefined for an effect that reaches no person: a channel of a chat, a URL. Only suppressions are asked then. */
  readonly purpose: ConsentPurpose | undefined
  readonly recipients: readonly string[]
  readonly masterKey: Uint8Array
}

/**
 * Why a call may not be made, naming the addresses; undefined where it may. Holds the shared side of the consents' lock
 * until the transaction ends, so that what was answered still stands when the call is written down in it. A call that is
 * denied here must not pass `start_tool_execution` either, which lets through what has certainly nothing against it.
 */
export async function findSendDenial(
  tx: TenantTx,
  { channel, purpose, recipients, masterKey }: AskedSend,
): Promise<NeonHubError | undefined> {
  if (recipients.length === 0) return undefined
  const records = await askRecipients(tx, { channel, purpose: purpose ?? 'transactional', recipients, masterKey })
  const suppressed = records.filter((record) => record.suppressed !== undefined)
  if (suppressed.length > 0) return suppressedError(suppressed)
  if (purpose === undefined) return undefined
  const refused = records.filter(({ consent }) => consent === 'denied' || consent === 'revoked')
  if (refused.length > 0) return refusedError(refused, { channel, purpose })
  if (purpose === 'transactional') return undefined
  const unasked = records.filter(({ isKnown, consent }) => isKnown && consent !== 'granted')
  const unknown = records.filter(({ isKnown }) => !isKnown)
  const isUnknownRefused = unknown.length > 0 && (await getUnknownRecipients(tx)) === 'refuse'
  const missing = isUnknownRefused ? [...unasked, ...unknown] : unasked
  return missing.length > 0 ? missingError(missing, channel) : undefined
}

const namesOf = (records: readonly RecipientRecord[]) => records.map(({ address }) => address).join(', ')

function suppressedError(records: readonly RecipientRecord[]): NeonHubError {
  return new NeonHubError('runtime.recipient_suppressed', `These must not be written to: ${namesOf(records)}`, {
    kind: 'forbidden',
    hint: 'They unsubscribed, bounced or were erased. Take them out of the recipients.',
  })
}

function refusedError(
  records: readonly RecipientRecord[],
  { channel, purpose }: { readonly channel: string; readonly purpose: ConsentPurpose },
): NeonHubError {
  return new NeonHubError('runtime.consent_refused', `These said no to ${purpose} ${channel}: ${namesOf(records)}`, {
    kind: 'forbidden',
    hint: 'Take them out of the recipients. Only they can say otherwise; neonhub people show ADDRESS has the ledger.',
  })
}

function missingError(records: readonly RecipientRecord[], channel: string): NeonHubError {
  const [first] = records
  const named = records.map(
    ({ address, isKnown, consent }) => `${address} (${isKnown ? (consent ?? 'never asked') : 'not in people'})`,
  )
  return new NeonHubError(
    'runtime.consent_missing',
    `No consent to marketing ${channel} is on record for ${named.join(', ')}`,
    {
      kind: 'forbidden',
      hint: `Where they did agree, put it on record and run again: neonhub people consent ${first?.address ?? 'ADDRESS'} --channel ${channel} --purpose marketing --status granted --evidence "when and how they agreed"`,
    },
  )
}
