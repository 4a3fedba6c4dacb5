import type { HttpAnswer } from '../../http-route.ts'
import { markupText } from '../../markup.ts'
import type { Told } from '../../usecases/step-up/words.ts'

/** What became of a sign-in: the browser came back to it, so it has no script. */
export function resultPage({ title, text }: Told, secret?: string): HttpAnswer {
  const body = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${markupText(title)} · Daypass</title>
    <link rel="stylesheet" href="/step-up/page.css">
  </head>
  <body>
    <main>
      <p class="brand">Daypass</p>
      <h1>${markupText(title)}</h1>
      <p>${markupText(text)}</p>
      ${secret === undefined ? '' : `<p id="secret">${markupText(secret)}</p>`}
    </main>
  </body>
</html>
`
  return { status: 200, contentType: 'text/html; charset=utf-8', body }
}
