#!/usr/bin/env node
// Node runs the TypeScript sources as they are from version 22.18 on. Where an older one started this, the one that came
// with the packages takes over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import nodeModule from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major >= 24) {
  // Some hundred modules are read at every start; what was compiled once is kept between processes.
  nodeModule.enableCompileCache()
  // That happens at its end, and a server may be killed: whoever is started in its place is to be there soon.
  setTimeout(nodeModule.flushCompileCache, 5_000).unref()
  await import(new URL('../src/cli/main.ts', import.meta.url).href)
} else {
  const bundled = ['../node_modules/node/bin/node', '../../../node_modules/node/bin/node']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  if (!bundled) {
    process.stderr.write(
      `error: Node ${process.versions.node} is too old, and the one of the package "node" is not installed\n`,
    )
    process.stderr.write('  hint: run npm ci in the project, or start with Node 24.\n')
    process.exit(1)
  }
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal tells both of Ctrl+C, and the one below decides what it means; what is sent to this one alone is passed on.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)))
}
