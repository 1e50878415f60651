import { html } from 'hono/html'

/** A page of plain text and at most one button; what it is given is escaped. */
export async function page({
  title,
  text,
  button,
}: {
  title: string
  text: string
  button?: string
}): Promise<Response> {
  const form = button === undefined ? '' : html`<form method="post"><button type="submit">${button}</button></form>`
  const body = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <style>
          body {
            font:
              1.1rem/1.5 system-ui,
              sans-serif;
            max-width: 32rem;
            margin: 4rem auto;
            padding: 0 1rem;
          }
          button {
            font: inherit;
            padding: 0.5rem 1.5rem;
          }
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <p>${text}</p>
        ${form}
      </body>
    </html>`
  return new Response(String(body), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  })
}
