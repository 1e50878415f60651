import { type BrandId, newId } from '../../base/ids.ts'
import { sha256 } from '../../base/json.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** What somebody said of a text. */
export interface FeedbackView {
  readonly id: string
  /** Slug. */
  readonly brand: string
  readonly contentId: string | null
  readonly messageId: string | null
  readonly verdict: 'up' | 'down'
  readonly remark: string
  /** Whether the text still stands as it was. */
  readonly isCurrent: boolean
  readonly givenBy: string
  readonly withdrawnBy: string | null
  readonly withdrawnAt: Date | null
  readonly createdAt: Date
}

/** A piece of content, or an answer in a conversation. */
export type FeedbackSubject = { readonly contentId: string } | { readonly messageId: string }

export interface FeedbackFilter {
  readonly id?: string | undefined
  readonly brand?: string | undefined
  readonly contentId?: string | undefined
  readonly messageId?: string | undefined
  readonly before?: string | undefined
  readonly limit: number
}

interface Subject {
  readonly brandId: string
  readonly text: string
}

async function findSubject(tx: TenantTx, subject: FeedbackSubject): Promise<Subject | undefined> {
  const { rows } =
    'contentId' in subject
      ? await sql<Subject>`
          select brand_id as "brandId", title || e'\n' || body as text from content
          where organization_id = ${tx.organizationId} and id = ${subject.contentId}
        `.execute(tx)
      : await sql<Subject>`
          select c.brand_id as "brandId", m.body as text
          from messages m join conversations c on c.organization_id = m.organization_id and c.id = m.conversation_id
          where m.organization_id = ${tx.organizationId} and m.id = ${subject.messageId} and m.role = 'assistant'
        `.execute(tx)
  return rows[0]
}

/** Keeps what somebody says of a text as it stands now, and returns its id; undefined where there is no such text. */
export async function addFeedback(
  tx: TenantTx,
  {
    about,
    verdict,
    remark,
    givenBy,
  }: { readonly about: FeedbackSubject; readonly givenBy: string } & Pick<FeedbackView, 'verdict' | 'remark'>,
): Promise<string | undefined> {
  const subject = await findSubject(tx, about)
  if (!subject) return undefined
  const id = newId()
  await tx
    .insertInto('feedback')
    .values({
      organization_id: tx.organizationId,
      id,
      brand_id: subject.brandId,
      content_id: 'contentId' in about ? about.contentId : null,
      message_id: 'messageId' in about ? about.messageId : null,
      text_hash: sha256(subject.text),
      verdict,
      remark,
      given_by: givenBy,
    })
    .execute()
  return id
}

/** What was said, newest first, the withdrawn among it. */
export async function listFeedback(tx: TenantTx, filter: FeedbackFilter): Promise<readonly FeedbackView[]> {
  const { id, brand, contentId, messageId, before, limit } = filter
  const { rows } = await sql<FeedbackView>`
    select f.id, b.slug::text as brand, f.content_id as "contentId", f.message_id as "messageId", f.verdict, f.remark,
      f.text_hash = coalesce(
        encode(sha256(convert_to(coalesce(c.title || e'\n' || c.body, m.body), 'UTF8')), 'hex'), ''
      ) as "isCurrent",
      f.given_by as "givenBy", f.withdrawn_by as "withdrawnBy", f.withdrawn_at as "withdrawnAt", f.created_at as "createdAt"
    from feedback f
    join brands b on b.organization_id = f.organization_id and b.id = f.brand_id
    left join content c on c.organization_id = f.organization_id and c.id = f.content_id
    left join messages m on m.organization_id = f.organization_id and m.id = f.message_id
    where f.organization_id = ${tx.organizationId}
      ${id === undefined ? sql`` : sql`and f.id = ${id}`}
      ${brand === undefined ? sql`` : sql`and b.slug = ${brand}::citext`}
      ${contentId === undefined ? sql`` : sql`and f.content_id = ${contentId}`}
      ${messageId === undefined ? sql`` : sql`and f.message_id = ${messageId}`}
      ${before === undefined ? sql`` : sql`and f.id < ${before}`}
    order by f.id desc limit ${limit}
  `.execute(tx)
  return rows
}

/** Takes back what was said; done before, it stays as it is. False where there is nothing of this id. */
export async function withdrawFeedback(
  tx: TenantTx,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<boolean> {
  const { rows } = await sql`
    update feedback set withdrawn_by = coalesce(withdrawn_by, ${by}), withdrawn_at = coalesce(withdrawn_at, now())
    where organization_id = ${tx.organizationId} and id = ${id} returning id
  `.execute(tx)
  return rows.length > 0
}

/** A remark as a writer is told it. */
export interface Remark {
  readonly verdict: 'up' | 'down'
  readonly remark: string
}

/** The newest remarks on a brand's texts that say something and were not withdrawn, newest first. */
export async function listRemarks(
  tx: TenantTx,
  { brandId, limit }: { readonly brandId: BrandId; readonly limit: number },
): Promise<readonly Remark[]> {
  return tx
    .selectFrom('feedback')
    .select(['verdict', 'remark'])
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .where('withdrawn_at', 'is', null)
    .where('remark', '<>', '')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
