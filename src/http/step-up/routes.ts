import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { signedInPath } from '../../domain/step-up.ts'
import type { StepUpParts } from '../../domain/step-up-parts.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../../http-route.ts'
import { jsonAnswer } from '../../http-route.ts'
import type { Logger } from '../../logger.ts'
import { addPasskey } from '../../usecases/step-up/add-passkey.ts'
import { openStepUpPage } from '../../usecases/step-up/open-page.ts'
import { beginSignIn, type ProvePorts, proveByPasskey } from '../../usecases/step-up/prove.ts'
import { signedIn } from '../../usecases/step-up/signed-in.ts'
import type { Outcome, Told } from '../../usecases/step-up/words.ts'
import { addedContent, pageContent, provenContent } from './content.ts'
import { clearedCookie, readToken, tokenCookie } from './cookie.ts'
import { pageHeaders } from './headers.ts'
import { resultPage } from './result-page.ts'

export type StepUpRoutePorts = ProvePorts & { readonly stepUp: StepUpParts }

export interface StepUpRouteOptions {
  /** Null until Slack has identified the bot, or where there is no `PUBLIC_URL`. */
  readonly ports: () => StepUpRoutePorts | null
  /** Tells the window in Slack that waits for the proof. */
  readonly tellWindow: (viewId: string, told: Told, outcome: Outcome | null) => Promise<void>
  readonly logger: Logger
}

const files = {
  page: readFile('page.html'),
  script: readFile('page.js'),
  style: readFile('page.css'),
}

const token = z.object({ token: z.string().max(100) })
const proof = token.extend({ answer: z.unknown() })
const registration = token.extend({
  name: z.string().max(500),
  code: z.string().max(100).nullable(),
  assertion: z.unknown(),
  registration: z.unknown(),
})

/**
 * The step-up page and what it asks for. Nothing but the token in the body says who asks: no cookie, so that no other site can send
 * a request with it. The one cookie holds the token while the browser is at the company's sign-in.
 */
export function stepUpRoutes(options: StepUpRouteOptions): HttpRoute[] {
  const { tellWindow, logger } = options
  const tell = async (viewId: string | null, told: Told, outcome: Outcome | null = null) => {
    if (viewId === null) return
    await tellWindow(viewId, told, outcome).catch((error) =>
      logger.warn({ err: error }, 'a window in Slack was not told of its proof'),
    )
  }
  return [
    page('/step-up', files.page, 'text/html; charset=utf-8'),
    page('/step-up/page.js', files.script, 'text/javascript; charset=utf-8'),
    page('/step-up/page.css', files.style, 'text/css; charset=utf-8'),
    // For `daypass doctor`: whether this process is the one at the public address.
    {
      path: '/step-up/origin',
      method: 'GET',
      handler: () => jsonAnswer(200, { origin: options.ports()?.stepUp.origin ?? null }),
    },
    post('/step-up/open', token, options, async (ports, { token }) => ({
      content: pageContent(ports, await openStepUpPage(ports, token)),
    })),
    post('/step-up/prove', proof, options, async (ports, { token, answer }) => {
      const proven = await proveByPasskey(ports, { token, answer })
      const { told, content } = provenContent(ports, proven)
      if (proven.kind === 'carried_out') await tell(proven.viewId, told, proven.outcome)
      return { content }
    }),
    post('/step-up/passkey', registration, options, async (ports, input) => {
      const added = await addPasskey(ports, input)
      const { told, content } = addedContent(ports, added)
      if (added.kind === 'added') await tell(added.viewId, told)
      return { content }
    }),
    post('/step-up/sign-in', token, options, async (ports, { token }) => {
      const begun = await beginSignIn(ports, token)
      if (begun.kind !== 'go') return { content: provenContent(ports, begun).content }
      return {
        content: { url: begun.url },
        headers: { 'set-cookie': tokenCookie(ports.stepUp.origin, token) },
      }
    }),
    {
      path: signedInPath,
      method: 'GET',
      async handler(request) {
        const ports = options.ports()
        const token = ports && readToken(ports.stepUp.origin, request.headers.cookie)
        if (!ports) return unavailable
        const headers = {
          ...pageHeaders(ports.stepUp.origin),
          'set-cookie': clearedCookie(ports.stepUp.origin),
        }
        if (!token) return { ...resultPage(foreignAnswer), headers }
        const answer = await signedIn(ports, { token, answer: request.query })
        if (answer.kind === 'go_on')
          return { status: 303, headers: { ...headers, location: `/step-up#${answer.token}.${answer.code}` } }
        const { told, content } = provenContent(ports, answer)
        if (answer.kind === 'carried_out') await tell(answer.viewId, told, answer.outcome)
        return { ...resultPage(told, 'secret' in content ? content.secret : undefined), headers }
      },
    },
  ]

  function page(path: string, body: string, contentType: string): HttpRoute {
    const handler = (): HttpAnswer => {
      const origin = options.ports()?.stepUp.origin
      if (!origin) return unavailable
      return { status: 200, contentType, body, headers: pageHeaders(origin) }
    }
    return { path, method: 'GET', handler }
  }
}

const unavailable: HttpAnswer = {
  status: 503,
  contentType: 'text/plain',
  body: 'Not ready. Try again in a moment.',
}
const foreignAnswer: Told = {
  isDone: false,
  title: 'Not done',
  text: 'This browser did not begin a sign-in, or too long ago. Go back to Slack and press the button again.',
}

interface Answered {
  readonly content: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A question of the page. From another site it is refused: browsers name their origin, https://fetch.spec.whatwg.org/#origin-header */
function post<Input>(
  path: string,
  schema: z.ZodType<Input>,
  { ports }: Pick<StepUpRouteOptions, 'ports'>,
  answer: (ports: StepUpRoutePorts, input: Input) => Promise<Answered>,
): HttpRoute {
  return {
    path,
    method: 'POST',
    async handler({ headers, body }: HttpRequest) {
      const now = ports()
      if (!now) return unavailable
      if (headers.origin !== now.stepUp.origin) return jsonAnswer(403, { error: 'asked from another site' })
      if (headers['content-type'] !== 'application/json') return jsonAnswer(415, { error: 'not JSON' })
      const read = schema.safeParse(parse(body))
      if (!read.success) return jsonAnswer(400, { error: 'not what the page sends' })
      const { content, headers: own } = await answer(now, read.data)
      return { ...jsonAnswer(200, content), headers: { ...pageHeaders(now.stepUp.origin), ...own } }
    },
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

function readFile(name: string): string {
  return readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8')
}
