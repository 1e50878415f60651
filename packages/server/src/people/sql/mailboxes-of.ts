import { sql, type TenantTx, toJsonText } from '../../db/index.ts'

/** The mailbox that each address reaches, in the same order; the database's `mailbox_of` knows alone. */
export async function mailboxesOf(tx: TenantTx, addresses: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ mailbox: string }>`
    select mailbox_of(asked.address::citext) as mailbox
    from jsonb_array_elements_text(${toJsonText(addresses)}::text::jsonb) with ordinality as asked (address, position)
    order by asked.position
  `.execute(tx)
  return rows.map(({ mailbox }) => mailbox)
}
