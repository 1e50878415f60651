/** How a proof is run: `npm run proof -- NAME [--short] [--seed N]`. */
export interface ProofOptions {
  /** A server on which the proof may make databases and roles of its own; it drops them. */
  readonly databaseUrl: string
  /** The form for CI: fewer rounds of the same. */
  readonly isShort: boolean
  /** What every choice at random follows from. */
  readonly seed: number
  /** What else was given on the command line. */
  readonly flags: readonly string[]
  /** Tells a person what is tried. */
  readonly say: (line: string) => void
}

/** What a proof found, as its last line of JSON; `ok` where its figure holds. */
export interface ProofAnswer {
  readonly proof: string
  readonly seed: number
  readonly ok: boolean
}

export type Proof = (options: ProofOptions) => Promise<ProofAnswer>
