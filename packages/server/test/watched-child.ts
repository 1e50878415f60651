/** A process that is watched, for the test of the watchdog: it says that it began, and stands still where it is told to. */
import { argv, stdout } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '../src/base/ids.ts'
import { startWatchdog } from '../src/queue/index.ts'

startWatchdog({ workerId: newId(), databaseUrl: undefined, logLevel: 'fatal', stallMs: 800 })
// The thread is up by then.
await sleep(1_500)
stdout.write('began\n')
if (argv[2] === 'stand') for (;;);
await sleep(3_500)
stdout.write('ended\n')
