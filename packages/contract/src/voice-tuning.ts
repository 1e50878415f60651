import { z } from 'zod'
import { RecordedError } from './problem.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment, Page, Slug } from './values.ts'

export const TrainingStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
export type TrainingStatus = z.output<typeof TrainingStatus>

/** That somebody asked for a brand's voice to be learned, and what came of it. */
export const TrainingJob = z.object({
  id: Id,
  /** Slug. */
  brand: z.string(),
  status: TrainingStatus,
  sources: z.object({
    /** Absent: every dataset of the brand. */
    datasetIds: z.array(Id).optional(),
    approvedContent: z.boolean(),
  }),
  /** Decides which texts are held out and which passages are drawn. */
  seed: z.number().int(),
  /** What is being done, in a word. */
  stage: z.string(),
  /** Percent. */
  progress: z.number().int(),
  /** Documents and pieces that had something to learn from. */
  texts: z.number().int(),
  trainingPassages: z.number().int(),
  heldOutPassages: z.number().int(),
  /** Passages that the voice had to be told from. */
  contrastPassages: z.number().int(),
  error: RecordedError.optional(),
  /** What it came to: a new version, or the one that the same sources had made before. */
  modelVersionId: Id.optional(),
  /** `user:ID`, `api_key:ID` or `cli`. */
  requestedBy: z.string(),
  cancelledBy: z.string().optional(),
  createdAt: Moment,
  startedAt: Moment.optional(),
  finishedAt: Moment.optional(),
})
export type TrainingJob = z.output<typeof TrainingJob>

export const CreateTrainingJob = z.strictObject({
  /** Slug. */
  brand: Slug,
  /** Of the brand; absent, all of them; empty, none. */
  datasetIds: z.array(Id).max(100).optional(),
  /** Whether pieces are among the sources that were published, scheduled, liked or scored well. */
  approvedContent: z.boolean().default(true),
  seed: z.number().int().min(0).max(2_147_483_647).default(1),
})

/** How well a voice tells the brand's held-out passages from others: 0.5 is no better than chance, 1 is without fault. */
export const VoiceSeparation = z.object({
  /** Area under the ROC curve, of the two below taken together by rank. */
  auc: z.number(),
  /** Of it, by Hanley and McNeil. */
  standardError: z.number(),
  /** By how sentences are built. */
  styleAuc: z.number(),
  /** By what is spoken about, as the embedding model sees it. */
  meaningAuc: z.number(),
})
export type VoiceSeparation = z.output<typeof VoiceSeparation>

export const VoiceEvaluation = z.object({
  heldOut: z.number().int(),
  contrast: z.number().int(),
  /** `perturbed`: the held-out passages themselves with their words shuffled, where the organization has no other brand. */
  against: z.enum(['other_brands', 'perturbed']),
  /** Of the voice that was in use then. */
  present: VoiceSeparation.extend({
    /** `tuned`: a version whose own training may have seen passages that are held out here, which favours it. */
    origin: z.enum(['none', 'as_written', 'tuned']),
  }),
  candidate: VoiceSeparation,
})
export type VoiceEvaluation = z.output<typeof VoiceEvaluation>

export const VoiceMeasures = z.object({
  /** `provider:model` of the embeddings. */
  embeddingModel: z.string(),
  /** Mean and standard deviation over passages, by the name of the measure. */
  style: z.record(z.string(), z.object({ mean: z.number(), deviation: z.number() })),
  sentenceWords: z.object({ mean: z.number(), median: z.number(), p90: z.number() }),
  /** Words that the brand uses more than the organization's other brands, the most telling first. */
  terms: z.array(z.object({ term: z.string(), zScore: z.number(), count: z.number().int() })),
  /** Cosine of the passages to their mean direction. */
  spread: z.object({ mean: z.number(), deviation: z.number() }),
  evaluation: VoiceEvaluation,
})
export type VoiceMeasures = z.output<typeof VoiceMeasures>

/** A version of what was learned of a brand's voice. */
export const ModelVersion = z.object({
  id: Id,
  kind: z.enum(['brand_voice']),
  /** Slug. */
  brand: z.string(),
  /** From 1: the voice as people wrote it, with nothing learned. */
  number: z.number().int(),
  parentId: Id.optional(),
  state: z.enum(['candidate', 'active', 'retired']),
  /** What was learned. */
  rules: z.array(z.string()),
  /** Passages of the sources. */
  examples: z.array(z.string()),
  /** Absent for the voice as people wrote it. */
  measures: VoiceMeasures.optional(),
  /** SHA-256 of the texts that it was made from. */
  sourcesHash: z.string().optional(),
  /** The first job that came to it; absent once it was removed. */
  trainingJobId: Id.optional(),
  /** The newest version of the brand's voice that has it: what runs name. */
  voiceVersion: z.number().int().optional(),
  createdBy: z.string(),
  activatedBy: z.string().optional(),
  activatedAt: Moment.optional(),
  createdAt: Moment,
})
export type ModelVersion = z.output<typeof ModelVersion>

export const listTrainingJobs = defineRoute({
  id: 'listTrainingJobs',
  method: 'get',
  path: '/v1/training-jobs',
  tag: 'voice',
  summary: 'Which voices were asked to be learned, newest first',
  request: { query: Page.extend({ brand: Slug.optional() }) },
  responses: {
    200: {
      description: 'A page of them',
      schema: z.object({ trainingJobs: z.array(TrainingJob), nextBefore: Id.optional() }),
    },
  },
  permission: 'brands:read',
  audit: null,
})

export const createTrainingJob = defineRoute({
  id: 'createTrainingJob',
  method: 'post',
  path: '/v1/training-jobs',
  tag: 'voice',
  summary: 'Has a brand’s voice learned from its own texts, in the background; nothing is used before it is activated',
  request: { body: CreateTrainingJob },
  responses: { 201: { description: 'The job', schema: TrainingJob } },
  permission: 'brands:write',
  audit: 'training_job.created',
})

export const getTrainingJob = defineRoute({
  id: 'getTrainingJob',
  method: 'get',
  path: '/v1/training-jobs/{id}',
  tag: 'voice',
  summary: 'How far a voice is learned',
  request: { params: IdParams },
  responses: { 200: { description: 'The job', schema: TrainingJob } },
  permission: 'brands:read',
  audit: null,
})

export const cancelTrainingJob = defineRoute({
  id: 'cancelTrainingJob',
  method: 'post',
  path: '/v1/training-jobs/{id}/cancel',
  tag: 'voice',
  summary: 'Calls it off; one that is over stays as it is',
  request: { params: IdParams },
  responses: { 200: { description: 'The job', schema: TrainingJob } },
  permission: 'brands:write',
  audit: 'training_job.cancelled',
})

export const listModelVersions = defineRoute({
  id: 'listModelVersions',
  method: 'get',
  path: '/v1/model-versions',
  tag: 'voice',
  summary: 'Versions of brands’ tuned voices, newest first',
  request: { query: Page.extend({ brand: Slug.optional() }) },
  responses: {
    200: {
      description: 'A page of them',
      schema: z.object({ modelVersions: z.array(ModelVersion), nextBefore: Id.optional() }),
    },
  },
  permission: 'brands:read',
  audit: null,
})

export const getModelVersion = defineRoute({
  id: 'getModelVersion',
  method: 'get',
  path: '/v1/model-versions/{id}',
  tag: 'voice',
  summary: 'A version with what it learned and how it compares',
  request: { params: IdParams },
  responses: { 200: { description: 'The version', schema: ModelVersion } },
  permission: 'brands:read',
  audit: null,
})

export const activateModelVersion = defineRoute({
  id: 'activateModelVersion',
  method: 'post',
  path: '/v1/model-versions/{id}/activate',
  tag: 'voice',
  summary: 'Has agents speak by this version from now on, also by an earlier one',
  request: { params: IdParams },
  responses: { 200: { description: 'The version', schema: ModelVersion } },
  permission: 'brands:write',
  audit: 'model_version.activated',
})
