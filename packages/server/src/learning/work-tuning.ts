import { z } from 'zod'
import { type CallJournal, withCallJournal } from '../base/call-journal.ts'
import { NeonHubError, recordError } from '../base/errors.ts'
import type { OrganizationId } from '../base/ids.ts'
import { hashJson } from '../base/json.ts'
import type { Logger } from '../base/log.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { ensureEmbeddingSpace, findSearchSpace, findVoiceLayers, getBrand } from '../knowledge/index.ts'
import type { EmbeddingModel, Llm, PromptVoice } from '../llm/spec.ts'
import { tellMembers } from '../notifications/index.ts'
import { loadOthers, loadTexts } from './sql/load-texts.ts'
import { lockBrand } from './sql/lock-brand.ts'
import { findActiveVersion, findByFingerprint, insertModelVersion } from './sql/model-versions.ts'
import {
  failTraining,
  reportTraining,
  succeedTraining,
  type TakenJob,
  takeTrainingJob,
  type TuningCounts,
} from './sql/training-jobs.ts'
import { type SplitTexts, splitTexts } from './train/split-texts.ts'
import { procedure, type TrainedVoice, trainVoice, type VoiceToTrain } from './train/train-voice.ts'

export interface TuningParts {
  readonly database: Database
  readonly llm: Pick<Llm, 'embeddings' | 'embeddingsOf'>
  readonly journal: (organizationId: OrganizationId) => CallJournal
  readonly logger: Logger
}

const Payload = z.object({ trainingJobId: z.uuid() })

/**
 * Does a job of the queue `learning.tune`. Killed anywhere, it is taken up from the start and comes to the same version;
 * called off, it stops at the next piece of its work; two workers with one job leave one version. A failure stands in the
 * row with its reason, and the members are told.
 */
export async function workTuning(
  parts: TuningParts,
  job: { readonly organizationId: OrganizationId; readonly payload: unknown },
  signal: AbortSignal,
): Promise<void> {
  const { organizationId } = job
  const id = Payload.parse(job.payload).trainingJobId
  const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) => withTenant(parts.database, organizationId, work)
  const taken = await inside((tx) => takeTrainingJob(tx, id))
  if (!taken) return
  try {
    await withCallJournal(parts.journal(organizationId), () => tune(parts, { id, taken, inside, signal }))
  } catch (error) {
    // The worker stops, or lost the job: whoever takes it up begins anew.
    if (signal.aborted) throw error
    if (error instanceof NeonHubError && error.code === 'learning.called_off') return
    await inside(async (tx) => {
      const recorded = recordError(error)
      if (!(await failTraining(tx, { id, error: recorded }))) return
      const { slug: brand } = await getBrand(tx, taken.brandId)
      await tellMembers(tx, 'tuning_failed', { subjectId: id, facts: { brand, reason: recorded.code } })
    })
    // What the sources lack is told; anything else is a failed job as well.
    if (!(error instanceof NeonHubError && error.code === 'learning.too_few_sources')) throw error
  }
}

interface Tuning {
  readonly id: string
  readonly taken: TakenJob
  readonly inside: <Result>(work: (tx: TenantTx) => Promise<Result>) => Promise<Result>
  readonly signal: AbortSignal
}

async function tune(parts: TuningParts, tuning: Tuning): Promise<void> {
  const { id, taken, inside, signal } = tuning
  const { brandId, sources, seed } = taken
  const checkpoint = async (stage: string, progress: number) => {
    signal.throwIfAborted()
    if (!(await inside((tx) => reportTraining(tx, { id, stage, progress })))) throw calledOff()
  }
  const read = await inside(async (tx) => ({
    texts: await loadTexts(tx, { brandId, sources }),
    others: await loadOthers(tx, brandId),
    layers: await findVoiceLayers(tx, brandId),
    active: await findActiveVersion(tx, brandId),
    space: await findSearchSpace(tx, brandId),
    brand: await getBrand(tx, brandId),
  }))
  const embeddings = (read.space && parts.llm.embeddingsOf(read.space)) ?? parts.llm.embeddings
  const { measures, centroid = [] } = read.active ?? {}
  const input: VoiceToTrain = {
    language: read.brand.language,
    parts: splitTexts(read.texts, seed),
    others: read.others,
    seed,
    written: read.layers && saidIn(read.layers.written),
    tuned: measures && { measures, centroid },
  }
  const hashes = hashesOf(input, { texts: read.texts, embeddings })
  const trained = await trainVoice(input, { embeddings, signal, checkpoint })
  await keep({ ...tuning, embeddings, hashes, trained, parts: input.parts })
}

/** What people wrote; undefined where that is nothing, since a version of the voice then holds what was learned alone. */
function saidIn(written: PromptVoice): PromptVoice | undefined {
  const { summary, rules, avoid, examples } = written
  return summary === '' && rules.length + avoid.length + examples.length === 0 ? undefined : written
}

/** Writes the version and the end of the job in one transaction, so that there is never one without the other. */
async function keep({
  id,
  taken,
  inside,
  signal,
  embeddings,
  hashes,
  trained,
  parts,
}: Tuning & {
  readonly embeddings: EmbeddingModel
  readonly hashes: ReturnType<typeof hashesOf>
  readonly trained: TrainedVoice
  readonly parts: SplitTexts
}): Promise<void> {
  const { provider, model } = embeddings
  const space = { provider, model, dimensions: await embeddings.resolveDimensions(signal) }
  const { brandId, requestedBy: createdBy } = taken
  const counts: TuningCounts = {
    texts: parts.texts,
    trainingPassages: parts.training.length,
    heldOutPassages: parts.heldOut.length,
    contrastPassages: trained.contrastPassages,
  }
  await inside(async (tx) => {
    const brand = await lockBrand(tx, { id: brandId })
    // Called off, done by another worker, or its brand is gone.
    if (!brand || !(await reportTraining(tx, { id, stage: 'keeping', progress: 99 }))) return
    const { rules, examples, measures, centroid } = trained
    const versionId =
      (await findByFingerprint(tx, { brandId, fingerprint: hashes.fingerprint })) ??
      (await insertModelVersion(tx, {
        brandId,
        rules,
        examples,
        measures,
        centroid,
        createdBy,
        embeddingSpaceId: await ensureEmbeddingSpace(tx, space),
        ...hashes,
      }))
    await succeedTraining(tx, { id, versionId, counts })
    await tellMembers(tx, 'tuning_finished', { subjectId: id, facts: { brand: brand.slug } })
  })
}

/** Of the sources, and of all that decides the result. What is in use decides only what the result is compared with. */
function hashesOf(
  { language, others, seed, written }: VoiceToTrain,
  { texts, embeddings }: { readonly texts: VoiceToTrain['others']; readonly embeddings: EmbeddingModel },
) {
  const inOrder = (all: VoiceToTrain['others']) => all.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  const sourcesHash = hashJson(inOrder(texts))
  const { provider, model } = embeddings
  const decisive = { procedure, language, seed, written: written ?? null, provider, model }
  return { sourcesHash, fingerprint: hashJson({ ...decisive, sourcesHash, others: hashJson(inOrder(others)) }) }
}

function calledOff(): NeonHubError {
  return new NeonHubError('learning.called_off', 'The job is over: somebody called it off, or another worker did it', {
    kind: 'conflict',
  })
}
