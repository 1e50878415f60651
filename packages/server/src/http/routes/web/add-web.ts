import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from '../../app.ts'

/** Paths that are never pages: an unknown one is an error and not the page. */
const notPages = /^\/(v1|api|docs|unsubscribe|assets)(\/|$)|\.\w+$/

/** Serves the built page: its hashed assets for a year, and its index for every path that the page itself routes. */
export function addWeb(app: App, folder: string | undefined): void {
  if (folder === undefined) return
  const index = join(folder, 'index.html')
  if (!existsSync(index)) return
  app.get(
    '/*',
    serveStatic({
      root: folder,
      // The index goes the way below, so that it is never kept by a browser.
      rewriteRequestPath: (path) => (path === '/' || path === '/index.html' ? '/-' : path),
      onFound: (_path, context) => {
        context.set('route', '/*')
        const isHashed = context.req.path.startsWith('/assets/')
        context.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    }),
  )
  app.get('/*', async (context, next) => {
    if (notPages.test(context.req.path) && context.req.path !== '/index.html') return next()
    context.set('route', '/*')
    return context.html(await readFile(index, 'utf8'), 200, { 'cache-control': 'no-cache' })
  })
}
