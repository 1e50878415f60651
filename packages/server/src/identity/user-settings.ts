import { NotificationEvent, notificationEvents, NotificationWays, Theme, type UserSettings } from '@neonhub/contract'
import { z } from 'zod'
import type { UserId } from '../base/ids.ts'
import { type Database, jsonb, sql } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'

/** What is told of without a word of the user: everything on the screen, and by mail what waits for a person. */
const told: Readonly<Record<NotificationEvent, NotificationWays>> = {
  approval_requested: { mail: true, inApp: true },
  effect_unknown: { mail: true, inApp: true },
  run_failed: { mail: false, inApp: true },
  run_needs_attention: { mail: true, inApp: true },
  connection_failed: { mail: true, inApp: true },
  budget_low: { mail: false, inApp: true },
  budget_exhausted: { mail: true, inApp: true },
  schedule_refused: { mail: true, inApp: true },
  webhook_disabled: { mail: true, inApp: true },
  member_joined: { mail: false, inApp: true },
  task_handed_over: { mail: true, inApp: true },
  tuning_finished: { mail: false, inApp: true },
  tuning_failed: { mail: false, inApp: true },
}

/** Events of another version of the code are left alone. */
const Stored = z.partialRecord(NotificationEvent, NotificationWays)

/** What a user has set, with the defaults where nothing is. */
export async function getUserSettings(database: Database, userId: UserId): Promise<UserSettings> {
  return withSystem(database, (tx) => readSettings(tx, userId))
}

async function readSettings(tx: SystemTx, userId: UserId): Promise<UserSettings> {
  const row = await tx.selectFrom('user_settings').selectAll().where('user_id', '=', userId).executeTakeFirst()
  const known = Object.entries(Object(row?.notifications ?? {})).filter(([event]) =>
    notificationEvents.some((name) => name === event),
  )
  return {
    ...(row?.locale ? { locale: row.locale } : {}),
    ...(row?.time_zone ? { timeZone: row.time_zone } : {}),
    theme: Theme.parse(row?.theme ?? 'system'),
    notifications: { ...told, ...Stored.parse(Object.fromEntries(known)) },
  }
}

export interface UserSettingsChange {
  /** Null for the browser's. */
  readonly locale?: string | null | undefined
  readonly timeZone?: string | null | undefined
  readonly theme?: UserSettings['theme'] | undefined
  readonly notifications?: Partial<UserSettings['notifications']> | undefined
}

/** Changes what is named and leaves the rest, so that two changes at once both stand. */
export async function changeUserSettings(
  database: Database,
  userId: UserId,
  { locale, timeZone, theme, notifications = {} }: UserSettingsChange,
): Promise<UserSettings> {
  const named = {
    ...(locale === undefined ? {} : { locale }),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    ...(theme === undefined ? {} : { theme }),
  }
  return withSystem(database, async (tx) => {
    await tx
      .insertInto('user_settings')
      .values({ user_id: userId, ...named, notifications: jsonb(notifications) })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet({
          ...named,
          notifications: sql`user_settings.notifications || excluded.notifications`,
          updated_at: new Date(),
        }),
      )
      .execute()
    return readSettings(tx, userId)
  })
}
