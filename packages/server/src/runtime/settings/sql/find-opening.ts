import { NeonHubError } from '../../../base/errors.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import type { SendWindow } from '../policy-rules.ts'

/**
 * When a send window is next open: undefined where it is now, by the database's clock or at the moment `at`. The hours
 * are turned into moments by the zone's own rules, so that they hold over a change of the time: an hour that a spring
 * leaves out begins when the clocks go on, and of one that an autumn repeats the second is meant.
 */
export async function findOpening(tx: TenantTx, { timeZone, hours }: SendWindow, at?: Date): Promise<Date | undefined> {
  const { rows } = await sql<{ opens_at: Date; is_open: boolean }>`
    with asked as (select coalesce(${at?.toISOString() ?? null}::timestamptz, clock_timestamp()) as moment),
    spans as (
      select (day + (h ->> 'from')::time) at time zone ${timeZone} as opens_at,
        -- 24:00 is a time of its own, and falls on the day after.
        (day + (h ->> 'to')::time) at time zone ${timeZone} as closes_at
      from asked,
        jsonb_array_elements(${JSON.stringify(hours)}::jsonb) as h,
        generate_series(
          (moment at time zone ${timeZone})::date - 1, (moment at time zone ${timeZone})::date + 15, interval '1 day'
        ) as series (stamp),
        lateral (select stamp::date as day) as d
      where h -> 'days' @> to_jsonb(extract(isodow from day)::int)
    )
    select opens_at, opens_at <= moment as is_open from spans, asked
    where closes_at > moment and closes_at > opens_at
    order by opens_at limit 1
  `.execute(tx)
  const [next] = rows
  if (next) return next.is_open ? undefined : next.opens_at
  throw new NeonHubError('runtime.window_never_open', 'The send window is open at no hour of the next two weeks', {
    kind: 'internal',
    hint: 'Set its days and hours anew: neonhub policy set AGENT --file FILE',
  })
}
