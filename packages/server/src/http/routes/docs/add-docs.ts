import { readFile } from 'node:fs/promises'
import type { App } from '../../app.ts'
import { nameRoute } from '../../name-route.ts'

const types = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>NeonHub API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

/** A file of its own, because the content security policy allows no script inside the page. */
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true })\n`

/** The browsable reference, from files of this installation alone. */
export function addDocs(app: App): void {
  app.get('/docs', nameRoute('/docs'), (context) => context.html(page))
  app.get('/docs/start.js', nameRoute('/docs/*'), (context) =>
    context.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  )
  for (const [name, type] of Object.entries(types)) {
    const file = new URL(import.meta.resolve(`swagger-ui-dist/${name}`))
    app.get(`/docs/${name}`, nameRoute('/docs/*'), async (context) =>
      context.body(await readFile(file), 200, { 'content-type': type, 'cache-control': 'public, max-age=86400' }),
    )
  }
}
