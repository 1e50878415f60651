import { newId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'

/** One of an organization's texts of a prompt. */
export interface PromptVersion {
  readonly version: number
  readonly status: 'draft' | 'active' | 'archived'
  readonly task: string
  /** The code's text when this one was written. */
  readonly codeTask: string
  readonly note: string
  readonly actor: string
  readonly activatedBy: string | null
  readonly activatedAt: Date | null
  readonly createdAt: Date
  /** How many model calls asked it and were answered. */
  readonly calls: number
}

/** Every version of an agent's prompts, newest first, each with the prompt that it is of. */
export async function listVersions(
  tx: TenantTx,
  agent: string,
): Promise<readonly { readonly intent: string; readonly key: string; readonly version: PromptVersion }[]> {
  const { rows } = await sql<PromptVersion & { intent: string; key: string }>`
    select p.intent, p.step_key as key, v.version, v.status, v.task, v.code_task as "codeTask", v.note, v.actor,
      v.activated_by as "activatedBy", v.activated_at as "activatedAt", v.created_at as "createdAt", (
        select count(*)::int from llm_calls c
        where c.organization_id = v.organization_id and c.prompt_id = v.prompt_id and c.prompt_version = v.version
          and c.status = 'succeeded'
      ) as calls
    from prompts p
    join agents a on a.organization_id = p.organization_id and a.id = p.agent_id
    join prompt_versions v on v.organization_id = p.organization_id and v.prompt_id = p.id
    where p.organization_id = ${tx.organizationId} and a.name = ${agent}
    order by p.intent, p.step_key, v.version desc
  `.execute(tx)
  return rows.map(({ intent, key, ...version }) => ({ intent, key, version }))
}

export async function findPromptId(
  tx: TenantTx,
  { agent, intent, key }: { readonly agent: string; readonly intent: string; readonly key: string },
): Promise<string | undefined> {
  const row = await tx
    .selectFrom('prompts as p')
    .innerJoin('agents as a', (join) =>
      join.onRef('a.organization_id', '=', 'p.organization_id').onRef('a.id', '=', 'p.agent_id'),
    )
    .select('p.id')
    .where('p.organization_id', '=', tx.organizationId)
    .where('a.name', '=', agent)
    .where('p.intent', '=', intent)
    .where('p.step_key', '=', key)
    .executeTakeFirst()
  return row?.id
}

/** The row of a prompt, made with its first version. */
export async function ensurePrompt(
  tx: TenantTx,
  { agentId, intent, key }: { readonly agentId: string; readonly intent: string; readonly key: string },
): Promise<string> {
  await tx
    .insertInto('prompts')
    .values({ organization_id: tx.organizationId, id: newId(), agent_id: agentId, intent, step_key: key })
    .onConflict((conflict) => conflict.columns(['organization_id', 'agent_id', 'intent', 'step_key']).doNothing())
    .execute()
  const row = await tx
    .selectFrom('prompts')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('agent_id', '=', agentId)
    .where('intent', '=', intent)
    .where('step_key', '=', key)
    .executeTakeFirstOrThrow()
  return row.id
}

/** Makes whoever changes a prompt wait for this transaction's end. */
export async function lockPrompt(tx: TenantTx, promptId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`prompt ${promptId}`}, 0))`.execute(tx)
}

export async function insertVersion(
  tx: TenantTx,
  {
    promptId,
    task,
    codeTask,
    note,
    actor,
  }: Pick<PromptVersion, 'task' | 'codeTask' | 'note' | 'actor'> & { readonly promptId: string },
): Promise<number> {
  const newest = await tx
    .selectFrom('prompt_versions')
    .select((eb) => eb.fn.max('version').as('version'))
    .where('organization_id', '=', tx.organizationId)
    .where('prompt_id', '=', promptId)
    .executeTakeFirstOrThrow()
  const version = (newest.version ?? 0) + 1
  await tx
    .insertInto('prompt_versions')
    .values({
      organization_id: tx.organizationId,
      prompt_id: promptId,
      version,
      task,
      code_task: codeTask,
      note,
      actor,
    })
    .execute()
  return version
}

/** Archives the active version, with the prompt locked; returns it, or 0 where there is none. */
export async function archiveActive(tx: TenantTx, promptId: string): Promise<number> {
  const row = await tx
    .updateTable('prompt_versions')
    .set({ status: 'archived', updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('prompt_id', '=', promptId)
    .where('status', '=', 'active')
    .returning('version')
    .executeTakeFirst()
  return row?.version ?? 0
}

export async function activateVersion(
  tx: TenantTx,
  { promptId, version, actor }: { readonly promptId: string; readonly version: number; readonly actor: string },
): Promise<void> {
  await tx
    .updateTable('prompt_versions')
    .set({ status: 'active', activated_by: actor, activated_at: sql<Date>`now()`, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('prompt_id', '=', promptId)
    .where('version', '=', version)
    .execute()
}
