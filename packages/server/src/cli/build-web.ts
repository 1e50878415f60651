import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../../', import.meta.url))
const built = join(packages, 'web', 'dist', 'index.html')
const sources = ['web/src', 'web/public', 'web/index.html', 'web/vite.config.ts', 'contract/src'].map((path) =>
  join(packages, path),
)

/** Builds the web page where it was never built or its sources are newer. Returns whether it was. */
export async function buildWeb(onStart: () => void): Promise<boolean> {
  const builtAt = await modifiedAt(built)
  if (builtAt > Math.max(...(await Promise.all(sources.map(newestBelow))))) return false
  onStart()
  const { build } = await import('vite')
  await build({ root: join(packages, 'web'), logLevel: 'error' })
  return true
}

async function modifiedAt(path: string): Promise<number> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return found?.mtimeMs ?? 0
}

async function newestBelow(path: string): Promise<number> {
  const found = await stat(path)
  if (!found.isDirectory()) return found.mtimeMs
  const names = await readdir(path)
  return Math.max(found.mtimeMs, ...(await Promise.all(names.map((name) => newestBelow(join(path, name))))))
}
