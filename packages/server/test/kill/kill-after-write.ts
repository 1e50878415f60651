/**
 * Preloaded into a process (`node --import`): kills it with -9 right after a write of the journal has become durable,
 * the KILL_AFTER-th of its life. A write is a finished step, or the settled outcome of a tool execution.
 */
import { env, kill, pid } from 'node:process'
import { PGlite, type Results } from '@electric-sql/pglite'

let left = Number(env['KILL_AFTER'] ?? 0)
let isCommitDue = false

const countDown = () => {
  left -= 1
  if (left === 0) kill(pid, 'SIGKILL')
}

const settles = /^update "tool_executions" set "status" = \$\d+, "result"/
const query = PGlite.prototype.query
PGlite.prototype.query = async function <Row>(this: PGlite, ...parameters: Parameters<typeof query>) {
  // What the method itself returns, for whichever row type it was called with.
  const result = (await Reflect.apply(query, this, parameters)) as Results<Row>
  const [text] = parameters
  if (/\b(?:record_steps|record_only_step|end_tool_executions)"?\(/.test(text)) countDown()
  if (settles.test(text)) isCommitDue = true
  return result
}

const exec = PGlite.prototype.exec
PGlite.prototype.exec = async function (this: PGlite, ...parameters) {
  const result = await Reflect.apply(exec, this, parameters)
  if (isCommitDue && parameters[0] === 'commit') {
    isCommitDue = false
    countDown()
  }
  return result
}
