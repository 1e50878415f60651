/** Watches the event loop of its process; `watchdog.ts` starts it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { messageOf, NeonHubError, recordError } from '../base/errors.ts'
import { createLogger } from '../base/log.ts'
import { writeLastWords } from '../db/system.ts'
import { readName, signs, type Watched } from './watchdog.ts'

const lookMs = 100
/** From this share of its heap's limit on, V8 collects more than it works. */
const shortShare = 0.8
/** For so many looks a word waits for the run that fills the heap to be named. */
const namingLooks = 3
/** A word is left before others take the jobs of a process that is silent, which is before its time is over. */
const wordShare = 1 / 3

// Handed over by `startWatchdog` alone.
const { workerId, databaseUrl, logLevel, stallMs, heapLimitBytes, memory } = workerData as Watched
const logger = createLogger({ level: logLevel })
const shared = new BigInt64Array(memory, 0, Object.keys(signs).length)
const read = (sign: number) => Number(Atomics.load(shared, sign))

async function leaveWord(error: NeonHubError, causeRunId?: string): Promise<void> {
  try {
    const runs =
      databaseUrl === undefined
        ? []
        : await writeLastWords(databaseUrl, { workerId, error: recordError(error), causeRunId })
    logger.fatal({ code: error.code, runs }, error.message)
  } catch (failure) {
    logger.fatal({ code: error.code, error: messageOf(failure) }, error.message)
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)

const outOfMemory = (bytes: number) =>
  new NeonHubError(
    'queue.out_of_memory',
    `out of memory: about ${megabytes(bytes)} of ${megabytes(heapLimitBytes)} MB were in use`,
    { kind: 'internal' },
  )

const loopStands = (stoodMs: number) =>
  new NeonHubError('queue.loop_stood', `the event loop stood for more than ${(stoodMs / 1_000).toFixed(1)} s`, {
    kind: 'internal',
  })

let turns = read(signs.turns)
// Counted in looks and not by a clock, so that a process which was stopped or asleep is not taken for one that stands.
let standingLooks = 0
let shortLooks = 0
let hasToldShort = false
let hasSpoken = false
for (;;) {
  await sleep(lookMs)
  const now = read(signs.turns)
  standingLooks = now === turns ? standingLooks + 1 : 0
  turns = now
  // While the loop stands nobody is told of the heap; what the process has grown by since is taken for it.
  const grown = Math.max(0, process.memoryUsage.rss() - read(signs.residentBytes))
  const heapBytes = read(signs.heapBytes) + grown
  shortLooks = heapBytes > heapLimitBytes * shortShare ? shortLooks + 1 : 0
  hasToldShort &&= shortLooks > 0
  const eater = readName('eater', memory)
  if (shortLooks > (eater === undefined ? namingLooks : 0) && !hasToldShort) {
    await leaveWord(outOfMemory(heapBytes), eater)
    hasToldShort = true
  }
  const stoodMs = standingLooks * lookMs
  if (stoodMs === 0) hasSpoken = false
  if (stoodMs < stallMs * wordShare) continue
  if (shortLooks === 0 && !hasSpoken) await leaveWord(loopStands(stoodMs), readName('turn', memory))
  hasSpoken = true
  if (stoodMs < stallMs) continue
  // A loop that stands runs no handler of a signal.
  process.kill(process.pid, 'SIGKILL')
}
