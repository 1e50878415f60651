import { spawn } from 'node:child_process'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { effectKinds } from './maker.ts'

const Line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('listening'), httpPort: z.number(), smtpPort: z.number() }),
  z.object({ kind: z.literal('effect'), effect: z.enum(effectKinds), mark: z.string() }),
  z.object({
    kind: z.literal('told'),
    what: z.enum(['began', 'ran', 'did']),
    runId: z.string(),
    fence: z.number(),
    key: z.string(),
    process: z.number(),
  }),
])
type Line = z.output<typeof Line>

/** What a handler told of itself: it began, it ran the work of a step, it has the result of a step in hand. */
export type Told = Extract<Line, { kind: 'told' }>
export type Effect = Extract<Line, { kind: 'effect' }>

export interface Recorder {
  readonly url: string
  readonly smtpPort: number
  readonly effects: readonly Effect[]
  readonly told: readonly Told[]
  /** Ends it, and waits until all that it wrote is read. May be called twice. */
  readonly stop: () => Promise<void>
}

/** Starts the recorder; `onTold` hears handlers as they tell it. */
export async function startRecorder({
  isDeaf,
  onTold,
}: {
  readonly isDeaf: boolean
  readonly onTold: (told: Told) => void
}): Promise<Recorder> {
  const file = fileURLToPath(new URL('recorder-child.ts', import.meta.url))
  const child = spawn(execPath, [file, ...(isDeaf ? ['deaf'] : [])], { stdio: ['pipe', 'pipe', 'inherit'] })
  const effects: Effect[] = []
  const told: Told[] = []
  const listening = Promise.withResolvers<{ readonly httpPort: number; readonly smtpPort: number }>()
  const over = Promise.withResolvers<void>()
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (text) => {
    const line = Line.parse(JSON.parse(text))
    if (line.kind === 'listening') listening.resolve(line)
    if (line.kind === 'effect') effects.push(line)
    if (line.kind === 'told') {
      told.push(line)
      onTold(line)
    }
  })
  lines.once('close', () => {
    listening.reject(new Error('The recorder ended before it listened'))
    over.resolve()
  })
  const { httpPort, smtpPort } = await listening.promise
  return {
    url: `http://127.0.0.1:${httpPort}`,
    smtpPort,
    effects,
    told,
    stop: async () => {
      child.stdin.end()
      await over.promise
    },
  }
}
