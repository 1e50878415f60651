import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { asId, newId, type OrganizationId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { runRetention, savePolicy } from '../../ops/index.ts'
import { listMeasuredTotals, recordMetrics, reportMetrics } from '../index.ts'
import type { MetricQuery, NewMetric } from './spec.ts'

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`measured facts on the ${kind} database`, () => {
    let database: Database
    let ours: OrganizationId
    let theirs: OrganizationId
    let brandId: string
    let campaignId: string
    let contentId: string
    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organizationId = ours) =>
      withTenant(database, organizationId, work)
    const record = (events: readonly NewMetric[], organizationId = ours) =>
      inside((tx) => recordMetrics(tx, { events, recordedBy: 'cli' }), organizationId)
    const report = (query: Partial<MetricQuery> & Pick<MetricQuery, 'from' | 'to'>) =>
      inside((tx) => reportMetrics(tx, { by: 'day', ...query }))
    const fact = (change: Partial<NewMetric> = {}): NewMetric => ({
      key: newId(),
      brand: 'mills',
      metric: 'clicks',
      value: 1,
      occurredAt: '2026-01-10T12:00:00Z',
      source: 'shop',
      ...change,
    })

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      ours = await addOrganization(database)
      theirs = await addOrganization(database)
      await inside((tx) => sql`update organizations set time_zone = 'Europe/Berlin' where id = ${ours}`.execute(tx))
      brandId = newId()
      campaignId = newId()
      contentId = newId()
      for (const [organization_id, id] of [
        [ours, brandId],
        [theirs, newId()],
      ] as const) {
        await inside(
          (tx) => tx.insertInto('brands').values({ organization_id, id, slug: 'mills', name: 'Mills' }).execute(),
          organization_id,
        )
      }
      await inside(async (tx) => {
        const common = { organization_id: ours, brand_id: brandId }
        await tx
          .insertInto('campaigns')
          .values({ ...common, id: campaignId, name: 'Repair Month', type: 'email', status: 'active', brief: '{}' })
          .execute()
        await tx
          .insertInto('content')
          .values({
            ...common,
            id: contentId,
            campaign_id: campaignId,
            key: 'article',
            kind: 'article',
            status: 'published',
            title: 'Seized mills',
            body: 'B',
            citations: '[]',
            model: 'm',
          })
          .execute()
      })
    }, 60_000)
    afterAll(() => database.close())

    test('a batch that is sent twice, or by racing senders, counts once, and what differs is told and stays out', async () => {
      const batch = Array.from({ length: 200 }, (_, index) =>
        fact({ key: `race ${index}`, metric: 'race', value: index }),
      )
      const outcomes = await Promise.all([record(batch), record(batch.toReversed()), record(batch)])
      const count = (wanted: string) => outcomes.flat().filter((outcome) => outcome === wanted).length
      expect([count('recorded'), count('known'), count('differs')]).toEqual([200, 400, 0])
      expect(await record([fact({ key: 'race 7', metric: 'race', value: 8 })])).toEqual(['differs'])
      expect(await record([fact({ key: 'a' }), fact({ key: 'a' }), fact({ key: 'a', value: 2 })])).toEqual([
        'recorded',
        'known',
        'differs',
      ])
      const { series } = await report({ metric: 'race', from: new Date('2026-01-10'), to: new Date('2026-01-11') })
      expect(series).toMatchObject([{ total: (199 * 200) / 2, count: 200 }])
      // The key is another organization's to use as well.
      expect(await record([fact({ key: 'race 7' })], theirs)).toEqual(['recorded'])
    })

    test('a batch with a fact that names what is foreign, absent or ahead is refused as a whole, with each place', async () => {
      const wrong = [
        fact({ key: 'fine' }),
        fact({ brand: 'nobody' }),
        fact({ campaignId: newId() }),
        fact({ contentId: newId() }),
        fact({ occurredAt: new Date(Date.now() + 3 * 86_400_000).toISOString() }),
      ]
      await expect(record(wrong)).rejects.toMatchObject({
        code: 'marketing.metrics_invalid',
        issues: [
          { path: 'events[1].brand' },
          { path: 'events[2].campaignId' },
          { path: 'events[3].contentId' },
          { path: 'events[4].occurredAt' },
        ],
      })
      await expect(record([fact({ campaignId })], theirs)).rejects.toMatchObject({
        issues: [{ path: 'events[0].campaignId' }],
      })
      expect(await record([fact({ key: 'fine' })])).toEqual(['recorded'])
    })

    test('facts are added up by days of the organization, also where the clocks change', async () => {
      await record([
        // 23:30 and 00:30 in Berlin; the 29th of March has 23 hours there.
        fact({ metric: 'opens', value: 1, occurredAt: '2026-03-28T22:30:00Z' }),
        fact({ metric: 'opens', value: 10, occurredAt: '2026-03-28T23:30:00Z' }),
        fact({ metric: 'opens', value: 100, occurredAt: '2026-03-29T21:59:59Z' }),
        fact({ metric: 'opens', value: 1000, occurredAt: '2026-03-29T22:00:00Z' }),
      ])
      const span = { metric: 'opens', from: new Date('2026-03-27T23:00:00Z'), to: new Date('2026-03-30T22:00:00Z') }
      expect(await report(span)).toMatchObject({
        timeZone: 'Europe/Berlin',
        buckets: ['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'].map(
          (moment) => new Date(moment),
        ),
        series: [{ metric: 'opens', values: [1, 110, 1000], counts: [1, 2, 1], total: 1111, count: 4 }],
      })
      const hours = await report({ ...span, by: 'hour' })
      expect([hours.buckets.length, hours.series[0]?.total]).toEqual([71, 1111])
      const months = await report({ ...span, by: 'month' })
      expect([months.buckets, months.series[0]?.values]).toEqual([[new Date('2026-02-28T23:00:00Z')], [1111]])
      const weeks = await report({ ...span, by: 'week' })
      expect(weeks.series[0]?.values).toEqual([111, 1000])
    })

    test('money is kept to the micro and apart by currency, and groups have their names', async () => {
      const at = '2026-02-10T12:00:00Z'
      await record([
        fact({ metric: 'revenue', value: 12_500_000, currency: 'EUR', occurredAt: at, contentId }),
        fact({ metric: 'revenue', value: 1, currency: 'EUR', occurredAt: at, campaignId }),
        fact({ metric: 'revenue', value: -500_000, currency: 'EUR', occurredAt: at, source: 'by_hand' }),
        fact({ metric: 'revenue', value: 7_000_000, currency: 'USD', occurredAt: at }),
        fact({ metric: 'reading', value: 0.1, unit: 'seconds', occurredAt: at }),
        fact({ metric: 'reading', value: 0.2, unit: 'seconds', occurredAt: at }),
      ])
      const span = { from: new Date('2026-02-10T00:00:00Z'), to: new Date('2026-02-11T00:00:00Z') }
      const plain = await report(span)
      expect(plain.series.map(({ metric, unit, currency, total }) => [metric, unit ?? currency, total])).toEqual([
        ['reading', 'seconds', 0.3],
        ['revenue', 'EUR', 12_000_001],
        ['revenue', 'USD', 7_000_000],
      ])
      const groupsOf = async (groupBy: MetricQuery['groupBy']) =>
        (await report({ ...span, metric: 'revenue', groupBy })).series
          .filter(({ currency }) => currency === 'EUR')
          .map(({ group, total }) => [group?.key, group?.label, total])
      expect(await groupsOf('campaign')).toEqual([
        [campaignId, 'Repair Month', 12_500_001],
        [undefined, 'none', -500_000],
      ])
      expect((await groupsOf('content'))[0]).toEqual([contentId, 'Seized mills', 12_500_000])
      expect(await groupsOf('source')).toEqual([
        ['shop', 'shop', 12_500_001],
        ['by_hand', 'by_hand', -500_000],
      ])
      expect(await groupsOf('brand')).toEqual([['mills', 'Mills', 12_000_001]])
      for (const filter of [{ brand: 'mills' }, { campaignId }, { contentId }, { source: 'shop' }])
        expect((await report({ ...span, ...filter })).series).not.toEqual([])
      expect((await report({ ...span, source: 'nobody' })).series).toEqual([])
    })

    test('a time that is too long or ends before it begins is refused', async () => {
      const [from, to] = [new Date('2020-01-01'), new Date('2026-01-01')]
      for (const by of ['hour', 'day', 'week', 'month'] as const)
        await expect(report({ by, from: new Date('0001-01-01'), to })).rejects.toMatchObject({
          code: 'marketing.metrics_too_many',
        })
      // As many as there may be, and one more.
      const hours = (count: number) => ({
        by: 'hour' as const,
        from: to,
        to: new Date(to.getTime() + count * 3_600_000),
      })
      expect((await report(hours(1000))).buckets).toHaveLength(1000)
      await expect(report(hours(1001))).rejects.toMatchObject({ code: 'marketing.metrics_too_many' })
      await expect(report({ from: to, to: from })).rejects.toMatchObject({ code: 'marketing.metrics_range' })
    })

    test('agents are told the last ninety days, money in whole units', async () => {
      const now = new Date().toISOString()
      await record([
        fact({ metric: 'orders', value: 3, occurredAt: now }),
        fact({ metric: 'sales', value: 12_340_000, currency: 'EUR', occurredAt: now, campaignId }),
        fact({ metric: 'orders', value: 50, occurredAt: new Date(Date.now() - 91 * 86_400_000).toISOString() }),
      ])
      expect(await inside((tx) => listMeasuredTotals(tx, asId(brandId)))).toEqual([
        { metric: 'sales', unit: 'EUR', value: 12.34, campaign: 'Repair Month' },
        { metric: 'orders', value: 3 },
      ])
    })

    test('facts are never changed, keep no address as a key, and go when their days are over', async () => {
      await record([fact({ key: 'ann@example.com', metric: 'kept' })])
      const { rows } = await inside((tx) =>
        sql<{ text: string }>`select m::text as text from metric_events m`.execute(tx),
      )
      expect(rows.filter(({ text }) => text.includes('ann@'))).toEqual([])
      for (const statement of [sql`update metric_events set value = 0`, sql`delete from metric_events`])
        await expect(inside((tx) => statement.execute(tx))).rejects.toThrow('permission denied')

      const old = fact({ metric: 'old', occurredAt: new Date(Date.now() - 40 * 86_400_000).toISOString() })
      const young = fact({ metric: 'young', occurredAt: new Date(Date.now() - 20 * 86_400_000).toISOString() })
      await record([old, young], theirs)
      await inside((tx) => savePolicy(tx, { metricDays: 30 }), theirs)
      const { organizations } = await runRetention(database, {
        dryRun: false,
        record: async () => {},
        beforeRuns: async () => {},
      })
      expect(organizations).toMatchObject([{ metricEvents: 2 }])
      const left = await inside(
        (tx) => tx.selectFrom('metric_events').select('metric').orderBy('metric').execute(),
        theirs,
      )
      expect(left.map(({ metric }) => metric)).toEqual(['young'])
      const { series } = await report({ from: new Date('2026-01-01'), to: new Date('2026-04-01') })
      expect(series.map(({ metric }) => metric)).toContain('race')
    })
  })
}
