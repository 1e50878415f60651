import { z } from 'zod'
import { Objective } from './objectives.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, JsonObject, Moment, Page, Slug } from './values.ts'

/** How a person is written to. */
export const ContactChannel = z.enum(['email', 'sms', 'whatsapp'])
export type ContactChannel = z.output<typeof ContactChannel>

/** What a message is for. `marketing` needs a consent that was granted; a no counts for both. */
export const ConsentPurpose = z.enum(['marketing', 'transactional'])
export type ConsentPurpose = z.output<typeof ConsentPurpose>

export const ConsentStatus = z.enum(['pending', 'granted', 'denied', 'revoked'])
export type ConsentStatus = z.output<typeof ConsentStatus>

/** What proves a consent. */
export const ConsentEvidence = z.object({
  /** What the person was shown and agreed to, or how it came about. */
  text: z.string().optional(),
  document: z.string().optional(),
  form: z.string().optional(),
  ip: z.string().optional(),
  /** When the person said so, where that is known. */
  givenAt: z.string().optional(),
})

/** A mail address, or a phone number with its country code. */
const Address = z.string().trim().min(3).max(320)
const oneLine = z
  .string()
  .trim()
  .max(200)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line without control characters')
const LanguageTag = z
  .string()
  .max(35)
  .regex(/^[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR')

export const PersonIdentity = z.object({
  id: Id,
  channel: ContactChannel,
  address: z.string(),
  /** When the person was seen to read what is sent there. */
  verifiedAt: Moment.optional(),
  /** Why nothing is sent there any more: `unsubscribed`, `bounced`, …; absent where it may be. */
  suppressed: z.string().optional(),
})

/** What counts for an address and a purpose: its newest word, or a newer no of the person on the channel. */
export const ConsentState = z.object({
  address: z.string(),
  channel: ContactChannel,
  purpose: ConsentPurpose,
  status: ConsentStatus,
  recordedAt: Moment,
})

export const Person = z.object({
  id: Id,
  /** Empty where it is not known. */
  name: z.string(),
  /** BCP 47: `en`. */
  language: z.string().optional(),
  identities: z.array(PersonIdentity),
  consents: z.array(ConsentState),
  /** Slugs. */
  topics: z.array(z.string()),
  createdAt: Moment,
  updatedAt: Moment,
})
export type Person = z.output<typeof Person>

export const ConsentEntry = ConsentState.extend({
  id: Id,
  source: z.enum(['import', 'api', 'cli', 'form', 'unsubscribe']),
  evidence: ConsentEvidence,
  /** `user:ID`, `api_key:ID`, `cli`, `system`, or `person` where they did it themselves. */
  actor: z.string(),
})

export const PersonEvent = z.object({
  id: Id,
  type: z.enum([
    'created',
    'imported',
    'consent_changed',
    'mailed',
    'unsubscribed',
    'suppressed',
    'suppression_lifted',
    'noted',
    'topics_changed',
    'objective_set',
    'objective_changed',
  ]),
  data: JsonObject,
  actor: z.string(),
  createdAt: Moment,
})
export type PersonEvent = z.output<typeof PersonEvent>

export const PersonNote = z.object({ id: Id, body: z.string(), author: z.string(), createdAt: Moment })

/** A person with the newest hundred of the ledger, the timeline and the notes, and a hundred objectives, the open ones first. */
export const PersonDetail = Person.extend({
  ledger: z.array(ConsentEntry),
  timeline: z.array(PersonEvent),
  notes: z.array(PersonNote),
  objectives: z.array(Objective),
})
export type PersonDetail = z.output<typeof PersonDetail>

const NewIdentity = z.strictObject({ channel: ContactChannel, address: Address, verified: z.boolean().default(false) })

export const CreatePerson = z.strictObject({
  name: oneLine.default(''),
  language: LanguageTag.optional(),
  identities: z.array(NewIdentity).min(1, 'must name at least one address').max(20),
  topics: z.array(Slug).max(20).default([]),
})

export const RecordConsent = z.strictObject({
  channel: ContactChannel,
  /** Which address the word is about; may be left out where the person has one on the channel. */
  address: Address.optional(),
  purpose: ConsentPurpose.default('marketing'),
  status: ConsentStatus,
  source: z.enum(['api', 'cli', 'form']).default('api'),
  /** `granted` needs a text, a form or a document. */
  evidence: z
    .strictObject({
      text: z.string().trim().max(10_000).optional(),
      document: z.string().trim().max(2000).optional(),
      form: z.string().trim().max(2000).optional(),
      ip: z.string().trim().max(64).optional(),
      givenAt: Moment.optional(),
    })
    .default({}),
})

/** Lines of a CSV file, read: at most 500 at once, so that a file of any size comes in by parts. */
export const ImportPeople = z.strictObject({
  /** Where the lines are from; kept as evidence: a file's name. */
  source: oneLine.min(1),
  lines: z
    .array(
      z.strictObject({
        /** Its number in the file, from 1 on; refusals name it. */
        line: z.number().int().min(1),
        cells: z.strictObject({
          email: z.string().max(400).optional(),
          phone: z.string().max(400).optional(),
          whatsapp: z.string().max(400).optional(),
          name: z.string().max(2000).optional(),
          language: z.string().max(400).optional(),
          /** Slugs, with semicolons between. */
          topics: z.string().max(2000).optional(),
          /** `granted`, `revoked`, `denied` or `pending`. */
          consent: z.string().max(400).optional(),
          /** `email`, `sms` or `whatsapp`; that of the line's first address where absent. */
          consent_channel: z.string().max(400).optional(),
          /** `marketing` where absent. */
          consent_purpose: z.string().max(400).optional(),
          /** When and how the person agreed; needed where consent is granted. */
          consent_evidence: z.string().max(10_000).optional(),
          consented_at: z.string().max(400).optional(),
        }),
      }),
    )
    .max(500),
})

export const ImportedPeople = z.object({
  added: z.number().int(),
  changed: z.number().int(),
  unchanged: z.number().int(),
  /** Lines of which nothing was taken, and why. */
  refused: z.array(z.object({ line: z.number().int(), reason: z.string() })),
})
export type ImportedPeople = z.output<typeof ImportedPeople>

export const PersonExport = z.object({
  people: z.array(PersonDetail),
  /** Rows elsewhere that name one of the person's addresses: runs, calls, sent messages. */
  traces: z.array(z.object({ table: z.string(), entry: z.unknown() })),
})

const NamedAddress = z.strictObject({ channel: ContactChannel.default('email'), address: Address })

/** What was erased, without the address itself. */
export const ErasureReceipt = z.object({
  channel: ContactChannel,
  /** HMAC-SHA256 of the mailbox under a key of the installation, in hex. */
  addressHmac: z.string(),
  people: z.number().int(),
  addresses: z.number().int(),
  tables: z.array(
    z.object({
      table: z.string(),
      column: z.string().optional(),
      deleted: z.number().int().optional(),
      redacted: z.number().int().optional(),
    }),
  ),
  /** Entries of the audit log whose text was redacted. */
  auditIds: z.array(Id),
  erasedAt: Moment,
})
export type ErasureReceipt = z.output<typeof ErasureReceipt>

export const Topic = z.object({
  id: Id,
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  /** How many are interested in it. */
  people: z.number().int(),
})
export type Topic = z.output<typeof Topic>

export const Suppression = z.object({
  id: Id,
  channel: z.string(),
  /** Absent once the person was erased: only a hash of it is left. */
  address: z.string().optional(),
  reason: z.string(),
  actor: z.string(),
  createdAt: Moment,
})
export type Suppression = z.output<typeof Suppression>

/** What becomes of marketing to an address that is nobody's in `people`; `allow` leaves it to the approval alone. */
export const RecipientPolicy = z.strictObject({ unknownRecipients: z.enum(['refuse', 'allow']) })

export const listPeople = defineRoute({
  id: 'listPeople',
  method: 'get',
  path: '/v1/people',
  tag: 'people',
  summary: 'People and what they agreed to, newest first',
  request: {
    query: Page.extend({
      /** Part of a name or of an address. */
      search: z.string().trim().min(1).max(200).optional(),
      /** A whole address. */
      address: Address.optional(),
      topic: Slug.optional(),
    }),
  },
  responses: {
    200: { description: 'A page of people', schema: z.object({ people: z.array(Person), nextBefore: Id.optional() }) },
  },
  permission: 'people:read',
  audit: null,
})

export const createPerson = defineRoute({
  id: 'createPerson',
  method: 'post',
  path: '/v1/people',
  tag: 'people',
  summary: 'Adds a person with their addresses',
  request: { body: CreatePerson },
  responses: { 201: { description: 'The person', schema: Person } },
  permission: 'people:write',
  audit: 'person.created',
})

export const getPerson = defineRoute({
  id: 'getPerson',
  method: 'get',
  path: '/v1/people/{id}',
  tag: 'people',
  summary: 'A person with addresses, consents, timeline, notes and objectives',
  request: { params: IdParams },
  responses: { 200: { description: 'The person', schema: PersonDetail } },
  permission: 'people:read',
  audit: null,
})

export const importPeople = defineRoute({
  id: 'importPeople',
  method: 'post',
  path: '/v1/people/import',
  tag: 'people',
  summary: 'Takes in lines of a file; the same lines again change nothing',
  request: { body: ImportPeople },
  responses: { 200: { description: 'What came of the lines', schema: ImportedPeople } },
  permission: 'people:write',
  audit: 'people.imported',
})

export const addPersonIdentity = defineRoute({
  id: 'addPersonIdentity',
  method: 'post',
  path: '/v1/people/{id}/identities',
  tag: 'people',
  summary: 'Gives a person a further address',
  request: { params: IdParams, body: NewIdentity },
  responses: { 201: { description: 'The person', schema: Person } },
  permission: 'people:write',
  audit: 'person.identity_added',
})

export const recordConsent = defineRoute({
  id: 'recordConsent',
  method: 'post',
  path: '/v1/people/{id}/consents',
  tag: 'people',
  summary: "Appends a person's word to the ledger of consents",
  request: { params: IdParams, body: RecordConsent },
  responses: { 201: { description: 'The person, with what counts now', schema: Person } },
  permission: 'people:write',
  audit: 'person.consent_recorded',
})

export const addPersonNote = defineRoute({
  id: 'addPersonNote',
  method: 'post',
  path: '/v1/people/{id}/notes',
  tag: 'people',
  summary: 'Adds a note on a person for colleagues',
  request: { params: IdParams, body: z.strictObject({ body: z.string().trim().min(1).max(10_000) }) },
  responses: { 201: { description: 'The note', schema: PersonNote } },
  permission: 'people:write',
  audit: 'person.noted',
})

export const setPersonTopics = defineRoute({
  id: 'setPersonTopics',
  method: 'put',
  path: '/v1/people/{id}/topics',
  tag: 'people',
  summary: 'Makes these the topics that a person is interested in',
  request: { params: IdParams, body: z.strictObject({ topics: z.array(Slug).max(20) }) },
  responses: { 200: { description: 'The person', schema: Person } },
  permission: 'people:write',
  audit: 'person.topics_set',
})

export const exportPerson = defineRoute({
  id: 'exportPerson',
  method: 'post',
  path: '/v1/people/export',
  tag: 'people',
  summary: 'Everything about the person behind an address (GDPR, article 15)',
  request: { body: NamedAddress },
  responses: { 200: { description: 'Everything', schema: PersonExport } },
  permission: 'organization:manage',
  audit: 'person.exported',
})

export const erasePerson = defineRoute({
  id: 'erasePerson',
  method: 'post',
  path: '/v1/people/erase',
  tag: 'people',
  summary: 'Erases everything about the person behind an address (GDPR, article 17), for good',
  request: { body: NamedAddress },
  responses: { 200: { description: 'The receipt', schema: ErasureReceipt } },
  permission: 'organization:manage',
  audit: 'person.erased',
})

export const listTopics = defineRoute({
  id: 'listTopics',
  method: 'get',
  path: '/v1/topics',
  tag: 'people',
  summary: 'What people are interested in, by name',
  request: {},
  responses: { 200: { description: 'The topics', schema: z.object({ topics: z.array(Topic) }) } },
  permission: 'people:read',
  audit: null,
})

export const createTopic = defineRoute({
  id: 'createTopic',
  method: 'post',
  path: '/v1/topics',
  tag: 'people',
  summary: 'Adds a topic',
  request: {
    body: z.strictObject({ slug: Slug, name: oneLine.min(1), description: z.string().trim().max(2000).default('') }),
  },
  responses: { 201: { description: 'The topic', schema: Topic } },
  permission: 'people:write',
  audit: 'topic.created',
})

export const listSuppressions = defineRoute({
  id: 'listSuppressions',
  method: 'get',
  path: '/v1/suppressions',
  tag: 'people',
  summary: 'Who must not be written to, newest first; or what stops one address, in any spelling',
  request: { query: Page.extend({ address: Address.optional() }) },
  responses: {
    200: {
      description: 'A page of suppressions',
      schema: z.object({ suppressions: z.array(Suppression), nextBefore: Id.optional() }),
    },
  },
  permission: 'people:read',
  audit: null,
})

export const createSuppression = defineRoute({
  id: 'createSuppression',
  method: 'post',
  path: '/v1/suppressions',
  tag: 'people',
  summary: 'Stops everything that goes to an address on a channel, whatever its spelling',
  request: { body: NamedAddress.extend({ reason: oneLine.min(1).default('by hand') }) },
  responses: { 201: { description: 'What stops it now', schema: Suppression } },
  permission: 'people:write',
  audit: 'suppression.created',
})

export const deleteSuppression = defineRoute({
  id: 'deleteSuppression',
  method: 'delete',
  path: '/v1/suppressions/{id}',
  tag: 'people',
  summary: 'Lifts a suppression; consents still count',
  request: { params: IdParams },
  responses: { 200: { description: 'What was lifted', schema: Suppression } },
  permission: 'people:write',
  audit: 'suppression.lifted',
})

export const getRecipientPolicy = defineRoute({
  id: 'getRecipientPolicy',
  method: 'get',
  path: '/v1/recipient-policy',
  tag: 'people',
  summary: 'What becomes of marketing to addresses that are nobody’s in people',
  request: {},
  responses: { 200: { description: 'The policy', schema: RecipientPolicy } },
  permission: 'people:read',
  audit: null,
})

export const setRecipientPolicy = defineRoute({
  id: 'setRecipientPolicy',
  method: 'put',
  path: '/v1/recipient-policy',
  tag: 'people',
  summary: 'Changes it',
  request: { body: RecipientPolicy },
  responses: { 200: { description: 'The policy', schema: RecipientPolicy } },
  permission: 'organization:manage',
  audit: 'recipient_policy.changed',
})
