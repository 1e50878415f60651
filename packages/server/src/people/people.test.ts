import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import type { OrganizationId } from '../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import {
  addIdentity,
  addObjective,
  addPerson,
  findPersonDetail,
  importPeople,
  type ImportLine,
  liftSuppression,
  listPeople,
  listSuppressionsOf,
  listTopics,
  recordConsent,
  setObjectiveState,
  setTopics,
  suppressAddress,
  unsubscribe,
} from './index.ts'

const masterKey = randomBytes(32)

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`people on the ${kind} database`, () => {
    let database: Database
    let organizationId: OrganizationId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      organizationId = await addOrganization(database)
    })
    afterAll(() => database?.close())

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organization = organizationId) =>
      withTenant(database, organization, work)
    const takeIn = (cells: readonly ImportLine['cells'][], organization = organizationId) =>
      inside(
        (tx) =>
          importPeople(tx, {
            lines: cells.map((one, index) => ({ line: index + 2, cells: one })),
            source: 'people.csv',
            actor: 'cli',
            masterKey,
          }),
        organization,
      )
    const personOf = async (address: string) => {
      const [person] = await inside((tx) => listPeople(tx, { address, limit: 1 }))
      if (!person) throw new Error(`nobody has ${address}`)
      return person
    }
    const countRows = async () => {
      const tables = ['people', 'person_identities', 'person_consents', 'person_topics', 'events', 'topics'] as const
      const counts: Record<string, number> = {}
      for (const table of tables) {
        const { rows } = await inside((tx) =>
          sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(tx),
        )
        counts[table] = rows[0]?.n ?? 0
      }
      return counts
    }

    test('the same file again changes nothing, not even a timeline', async () => {
      const file = [
        {
          email: 'Ann@Example.com',
          name: 'Ann',
          topics: 'repairs; baking',
          consent: 'Granted',
          consent_evidence: 'Form',
        },
        { email: 'ben@example.com', phone: '+44 20 7946 0018', consent: 'revoked' },
        {
          phone: '0044 20 7946 0019',
          name: 'Cleo',
          consent: 'granted',
          consent_evidence: 'Card',
          consent_purpose: 'transactional',
        },
      ]
      expect(await takeIn(file)).toEqual({ added: 3, changed: 0, unchanged: 0, refused: [] })
      const before = await countRows()
      expect(before).toEqual({
        people: 3,
        person_identities: 4,
        person_consents: 3,
        person_topics: 2,
        events: 6,
        topics: 2,
      })
      expect(await takeIn(file)).toEqual({ added: 0, changed: 0, unchanged: 3, refused: [] })
      expect(await countRows()).toEqual(before)
    })

    test('a changed line changes only what it says; an empty cell takes nothing away', async () => {
      await takeIn([{ email: 'dora@example.com', name: 'Dora', language: 'en', topics: 'repairs' }])
      expect(await takeIn([{ email: 'dora@example.com', name: 'Dora Lind', topics: 'knives' }])).toMatchObject({
        changed: 1,
      })
      expect(await personOf('dora@example.com')).toMatchObject({
        name: 'Dora Lind',
        language: 'en',
        topics: ['knives', 'repairs'],
      })
    })

    test('each bad line is refused by its number with a reason, and the others are taken', async () => {
      const refused = [
        [{ name: 'Nobody' }, 'It names no address: email, phone and whatsapp are empty'],
        [{ email: 'no address' }, 'email: "no address" is not an e-mail address'],
        [{ email: 'e1@example.com', consent: 'yes' }, 'consent: must be granted, revoked, denied or pending'],
        [
          { email: 'e2@example.com', consent: 'granted' },
          'consent_evidence: is needed where consent is granted: when and how did they agree?',
        ],
        [{ email: 'e3@example.com', name: 'E\r\nBcc: x@example.com' }, 'name: must be one line'],
        [{ email: 'e4@example.com', consented_at: 'last week' }, 'consented_at: must be a date such as 2026-05-31'],
        [
          { email: 'e5@example.com', consent: 'granted', consent_evidence: 'x', consent_channel: 'sms' },
          'consent_channel: the line has no address for sms',
        ],
        [{ email: 'e6@example.com', topics: 'Not A Slug' }, 'topics: must be slugs such as repair-tips'],
      ] as const
      const outcome = await takeIn([...refused.map(([cells]) => cells), { email: 'fine@example.com' }])
      expect(outcome).toEqual({
        added: 1,
        changed: 0,
        unchanged: 0,
        refused: refused.map(([, reason], index) => ({ line: index + 2, reason })),
      })
    })

    test('two lines with one address, and a line with the addresses of two people, are refused', async () => {
      await takeIn([{ email: 'g1@example.com' }, { phone: '+442079460101' }])
      expect(await takeIn([{ email: 'g1@example.com', phone: '+442079460101' }])).toMatchObject({
        refused: [{ line: 2, reason: 'g1@example.com and +442079460101 belong to different people' }],
      })
      expect(await takeIn([{ email: 'g2@example.com' }, { email: 'G2@EXAMPLE.COM' }])).toMatchObject({
        added: 1,
        refused: [{ line: 3, reason: 'g2@example.com is on line 2 already' }],
      })
    })

    test('a file does not undo a no, and tells which line wanted to', async () => {
      const line = { email: 'hal@example.com', name: 'Hal', consent: 'granted', consent_evidence: 'An old form' }
      await takeIn([line])
      await inside((tx) => unsubscribe(tx, { address: 'hal@example.com', masterKey }))
      expect(await takeIn([{ ...line, name: 'Other' }])).toMatchObject({
        refused: [{ line: 2, reason: 'hal@example.com said no to marketing (revoked); an import does not undo that' }],
      })
      expect(await personOf('hal@example.com')).toMatchObject({ name: 'Hal', consents: [{ status: 'revoked' }] })
      await inside((tx) =>
        suppressAddress(tx, {
          channel: 'email',
          address: 'ivy@example.com',
          reason: 'bounced',
          actor: 'cli',
          masterKey,
        }),
      )
      expect(await takeIn([{ ...line, email: 'ivy+a@example.com' }])).toMatchObject({
        refused: [{ reason: 'ivy+a@example.com must not be written to (bounced)' }],
      })
    })

    test('objectives stand with the person, the open ones first, and whoever closed one first stays', async () => {
      await takeIn([{ email: 'aim@example.com' }])
      const { id: personId } = await personOf('aim@example.com')
      const set = (text: string, dueOn?: string) =>
        inside((tx) => addObjective(tx, { personId, text, dueOn, createdBy: 'cli' }))
      const demo = await set('Book a demo', '2027-03-31')
      await set('Win back')
      const move = (state: 'open' | 'reached' | 'dropped', by: string) =>
        inside((tx) => setObjectiveState(tx, { id: demo?.id ?? '', state, by }))
      expect(await move('dropped', 'user:a')).toMatchObject({ closedBy: 'user:a', closedAt: expect.any(Date) })
      await Promise.all([move('reached', 'user:b'), move('reached', 'user:c')])
      const detail = await inside((tx) => findPersonDetail(tx, { personId, limit: 10 }))
      expect(detail?.objectives).toMatchObject([
        { text: 'Win back', state: 'open', dueOn: undefined, closedBy: undefined },
        { text: 'Book a demo', state: 'reached', dueOn: '2027-03-31', closedBy: expect.stringMatching(/^user:[bc]$/) },
      ])
      const types = detail?.timeline.map(({ type }) => type)
      expect(types?.filter((type) => type === 'objective_changed')).toHaveLength(2)
      expect(await move('open', 'user:b')).toMatchObject({ state: 'open', closedBy: undefined, closedAt: undefined })

      const other = await addOrganization(database)
      expect(
        await inside((tx) => setObjectiveState(tx, { id: demo?.id ?? '', state: 'dropped', by: 'cli' }), other),
      ).toBeUndefined()
      expect(
        await inside((tx) => addObjective(tx, { personId, text: 'x', dueOn: undefined, createdBy: 'cli' }), other),
      ).toBeUndefined()
    })

    test('an unsubscription revokes once, suppresses once, and stands in the timeline', async () => {
      await takeIn([{ email: 'jo@example.com', consent: 'granted', consent_evidence: 'Form' }])
      expect(await inside((tx) => unsubscribe(tx, { address: 'jo@example.com', masterKey }))).toMatchObject({
        isNew: true,
      })
      expect(await inside((tx) => unsubscribe(tx, { address: 'JO@example.com', masterKey }))).toMatchObject({
        isNew: false,
      })
      const { id } = await personOf('jo@example.com')
      const detail = await inside((tx) => findPersonDetail(tx, { personId: id, limit: 10 }))
      expect(detail?.ledger.map(({ status, source, actor }) => [status, source, actor])).toEqual([
        ['revoked', 'unsubscribe', 'person'],
        ['granted', 'import', 'cli'],
      ])
      expect(detail?.timeline.map(({ type }) => type)).toEqual([
        'consent_changed',
        'unsubscribed',
        'consent_changed',
        'imported',
      ])
      expect(detail?.identities).toMatchObject([{ address: 'jo@example.com', suppressed: 'unsubscribed' }])
    })

    test('a no on one address counts for all of the person on the channel, a yes for its own', async () => {
      const id = await inside((tx) =>
        addPerson(tx, {
          name: 'Kim',
          language: undefined,
          identities: ['kim@work.example', 'kim@home.example'].map((address) => ({
            channel: 'email',
            address,
            verified: true,
          })),
          topics: [],
          actor: 'cli',
          masterKey,
        }),
      )
      const say = (address: string | undefined, status: 'granted' | 'revoked') =>
        inside((tx) =>
          recordConsent(tx, {
            personId: id,
            channel: 'email',
            address,
            purpose: 'marketing',
            status,
            source: 'api',
            evidence: { form: 'f' },
            actor: 'cli',
          }),
        )
      const states = async () =>
        Object.fromEntries(
          (await personOf('kim@work.example')).consents.map(({ address, status }) => [address, status]),
        )
      await expect(say(undefined, 'granted')).rejects.toMatchObject({ code: 'people.address_ambiguous' })
      await expect(say('kim@other.example', 'granted')).rejects.toMatchObject({ code: 'people.address_unknown' })
      await say('kim@work.example', 'granted')
      expect(await states()).toEqual({ 'kim@work.example': 'granted' })
      await say('kim@home.example', 'revoked')
      expect(await states()).toEqual({ 'kim@work.example': 'revoked', 'kim@home.example': 'revoked' })
      await say('kim@work.example', 'granted')
      expect(await states()).toEqual({ 'kim@work.example': 'granted', 'kim@home.example': 'revoked' })
    })

    test('a yes without evidence is refused, and the ledger cannot be changed or cut', async () => {
      const { id } = await personOf('fine@example.com')
      await expect(
        inside((tx) =>
          recordConsent(tx, {
            personId: id,
            channel: 'email',
            purpose: 'marketing',
            status: 'granted',
            source: 'api',
            evidence: { text: '  ' },
            actor: 'cli',
          }),
        ),
      ).rejects.toMatchObject({ code: 'people.evidence_missing' })
      for (const statement of [
        sql`update person_consents set status = 'granted'`,
        sql`delete from person_consents`,
        sql`update events set data = '{}'`,
        sql`delete from events`,
        sql`delete from people`,
        sql`delete from person_identities`,
      ]) {
        await expect(inside((tx) => statement.execute(tx))).rejects.toThrow(/permission denied/)
      }
    })

    test('an address is one person’s within an organization, and another’s in the next', async () => {
      const identity = { channel: 'email', address: 'LEE@example.com', verified: false } as const
      const lee = { name: 'Lee', language: undefined, identities: [identity], topics: [], actor: 'cli', masterKey }
      const id = await inside((tx) => addPerson(tx, lee))
      await expect(inside((tx) => addPerson(tx, lee))).rejects.toMatchObject({ code: 'people.address_taken' })
      const other = await addOrganization(database)
      const foreign = await inside((tx) => addPerson(tx, lee), other)
      expect(await inside((tx) => findPersonDetail(tx, { personId: foreign, limit: 1 }))).toBeUndefined()
      const sms = { channel: 'sms', address: '+442079460155', verified: false } as const
      expect(await inside((tx) => addIdentity(tx, { personId: foreign, identity: sms, masterKey }))).toBe(false)
      expect(await inside((tx) => addIdentity(tx, { personId: id, identity: sms, masterKey }))).toBe(true)
      expect((await personOf('lee@example.com')).identities).toHaveLength(2)
    })

    test('search finds parts of names and addresses, and takes signs of patterns as they are', async () => {
      await takeIn([{ email: 'per_cent%20@example.com'.replace('%20', ''), name: '100 % Mo' }])
      const find = async (search: string) =>
        (await inside((tx) => listPeople(tx, { search, limit: 50 }))).map(({ name }) => name)
      expect(await find('per_cent')).toEqual(['100 % Mo'])
      expect(await find('100 %')).toEqual(['100 % Mo'])
      expect(await find('perXcent')).toEqual([])
      expect(await find('\\')).toEqual([])
    })

    test('topics are counted, set whole, and an interest is no consent', async () => {
      await takeIn([{ email: 'nia@example.com', topics: 'clocks' }])
      const { id } = await personOf('nia@example.com')
      expect(await inside((tx) => setTopics(tx, { personId: id, slugs: ['clocks', 'lamps'], actor: 'cli' }))).toBe(true)
      expect(await inside((tx) => setTopics(tx, { personId: id, slugs: ['lamps'], actor: 'cli' }))).toBe(true)
      expect(await personOf('nia@example.com')).toMatchObject({ topics: ['lamps'], consents: [] })
      const counts = (await inside(listTopics)).map(({ slug, people }) => [slug, people])
      expect(counts).toContainEqual(['clocks', 0])
      expect(counts).toContainEqual(['lamps', 1])
    })

    test('a suppression is lifted by its id, and found by any spelling', async () => {
      await takeIn([{ email: 'ora@example.com' }])
      const stop = { channel: 'email', address: 'ora+x@example.com', reason: 'by hand', actor: 'cli', masterKey }
      const { id } = await inside((tx) => suppressAddress(tx, stop))
      expect(await inside((tx) => suppressAddress(tx, { ...stop, address: 'ora@example.com' }))).toEqual({
        id,
        isNew: false,
      })
      const found = await inside((tx) => listSuppressionsOf(tx, { address: 'ORA+y@example.com', masterKey, limit: 5 }))
      expect(found).toMatchObject([{ id, address: 'ora+x@example.com' }])
      expect(await inside((tx) => liftSuppression(tx, { id, actor: 'cli' }))).toMatchObject({ id })
      expect(await inside((tx) => liftSuppression(tx, { id, actor: 'cli' }))).toBeUndefined()
      expect((await personOf('ora@example.com')).identities[0]?.suppressed).toBeUndefined()
    })

    test.skipIf(kind === 'embedded')('the same file from two processes at once makes each person once', async () => {
      const file = Array.from({ length: 200 }, (_, index) => ({
        email: `twin${index}@example.com`,
        name: `Twin ${index}`,
        topics: `t${index % 7}`,
      }))
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => takeIn(file.toReversed())))
      expect(outcomes.map(({ added }) => added).toSorted((a, b) => b - a)).toEqual([200, 0, 0, 0])
      expect(outcomes.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(600)
    })
  })
}
