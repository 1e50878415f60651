import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from '../../app.ts'

/** Paths that are never pages: an unknown one is an error and not the page. */
const notPages = /^\/(v1|api|docs|unsubscribe|assets)(\/|$)|\.\w+$/
const isIndex = (path: string) => path === '/' || path === '/index.html'

/** Serves the built page: its hashed assets for a year, and its index for every path that the page itself routes. */
export function addWeb(app: App, folder: string | undefined): void {
  if (folder === undefined) return
  const index = join(folder, 'index.html')
  if (!existsSync(index)) return
  const files = serveStatic({ root: folder })
  app.get('/*', async (context, next) => {
    const { path } = context.req
    const response = isIndex(path) ? undefined : await files(context, async () => {})
    if (response instanceof Response) {
      context.set('route', '/*')
      const isHashed = path.startsWith('/assets/')
      response.headers.set('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      return response
    }
    if (notPages.test(path) && !isIndex(path)) return next()
    context.set('route', '/*')
    return context.html(await readFile(index, 'utf8'), 200, { 'cache-control': 'no-cache' })
  })
}
