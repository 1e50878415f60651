/** Names one of the organization's texts of a prompt. */
export interface PromptVersionRef {
  readonly promptId: string
  readonly version: number
}

/** One of the organization's texts, as a run asks it. */
export interface PromptInForce extends PromptVersionRef {
  readonly task: string
}
