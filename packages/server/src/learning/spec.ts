/** A document or a piece of content as tuning reads it. */
export interface TrainingText {
  /** Of the document or the piece, so that the same sources give the same order. */
  readonly id: string
  /** As it is stored: plain text, or Markdown. */
  readonly text: string
  /** Whether a passage of it may stand in prompts as an example: it came neither from outside nor through a run that read such text. */
  readonly isQuotable: boolean
}

/** Some sentences of a text, long enough to be measured. */
export interface Passage {
  readonly textId: string
  readonly text: string
  readonly isQuotable: boolean
}

export type TrainingStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
export type ModelVersionState = 'candidate' | 'active' | 'retired'

/** What a voice is learned from. */
export interface TuningSources {
  /** Of the brand; absent, all of them. */
  readonly datasetIds?: readonly string[] | undefined
  /** Whether pieces are among them that were published, scheduled, liked or scored well. */
  readonly approvedContent: boolean
}
