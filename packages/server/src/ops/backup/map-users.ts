import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import { sql } from '../../db/index.ts'
import type { EveryTx } from '../../db/system.ts'
import { userColumnsOf } from './scope.ts'
import type { BackupTable } from './table.ts'

const Line = z.array(z.string().nullable())

/**
 * The users of an organization that comes into an installation which may know them. Who has the same address is the same
 * person: what names them is pointed to the user who is there, whose sign-in, name and password stay as they are. The
 * others are made, with their ways to sign in.
 */
export class UserMap {
  /** From the backup's id to the id of the user who is there. */
  readonly #known = new Map<string, string>()
  readonly #made: string[] = []

  get made(): readonly string[] {
    return this.#made
  }

  get knownCount(): number {
    return this.#known.size
  }

  /** Lines of `users`: returns those that have to be made. */
  async takeUsers(tx: EveryTx, table: BackupTable, lines: readonly string[]): Promise<readonly string[]> {
    const idAt = table.columns.findIndex(({ name }) => name === 'id')
    const emailAt = table.columns.findIndex(({ name }) => name === 'email')
    const users = lines.map((line) => {
      const values = Line.parse(JSON.parse(line))
      return { line, id: values[idAt] ?? '', email: values[emailAt] ?? '' }
    })
    const { rows } = await sql<{ taken: string; id: string }>`
      select taken.id as taken, users.id
      from jsonb_to_recordset(${JSON.stringify(users.map(({ id, email }) => ({ id, email })))}::text::jsonb)
        as taken (id uuid, email citext)
      join users on users.email = taken.email or users.id = taken.id
      order by users.email = taken.email
    `.execute(tx)
    // The same address comes last and so wins over the same id, whose address may have changed since.
    for (const { taken, id } of rows) this.#known.set(taken, id)
    const made = users.filter(({ id }) => !this.#known.has(id))
    this.#made.push(...made.map(({ id }) => id))
    return made.map(({ line }) => line)
  }

  /** Lines of any other table: those of users who are there are left out, and columns that name such a user are changed. */
  apply(table: BackupTable, lines: readonly string[]): readonly string[] {
    const columns = userColumnsOf(table).map((column) => table.columns.findIndex(({ name }) => name === column))
    if (columns.length === 0 || this.#known.size === 0) return lines
    return lines.flatMap((line) => {
      const values = Line.parse(JSON.parse(line))
      const known = columns.filter((at) => this.#known.has(values[at] ?? ''))
      if (known.length === 0) return [line]
      if (table.belonging === 'user') return []
      return [JSON.stringify(values.map((value, at) => (known.includes(at) ? this.#known.get(value ?? '') : value)))]
    })
  }
}

/** Refuses an organization that is there already, by its id or by its short name. */
export async function assertAbsent(
  tx: EveryTx,
  { id, slug }: { readonly id: string; readonly slug: string },
): Promise<void> {
  const { rows } = await sql<{ slug: string }>`
    select slug from organizations where id = ${id} or slug = ${slug}::citext
  `.execute(tx)
  if (!rows[0]) return
  throw new NeonHubError('backup.organization_exists', `The organization ${rows[0].slug} is there already`, {
    kind: 'conflict',
    hint: 'An organization is restored where it is absent. Name another database, or remove that organization first.',
  })
}
