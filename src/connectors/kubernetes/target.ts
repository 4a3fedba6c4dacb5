import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ConnectorError } from '../../domain/connector.ts'
import { keepConnections, type Request } from '../_shared/kept-connections.ts'
import { limited } from '../_shared/operation-limit.ts'
import { readSecretFile } from '../_shared/settings.ts'
import { type Answer, type Call, isExisting, isNotFound, noAnswer, refusal, send } from './http.ts'
import type { KubernetesSettings } from './schema.ts'

/** The cluster of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: KubernetesSettings
  /** Runs calls to the API server, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (api: Api) => Promise<T>): Promise<T>
  /** The certificates (PEM) by which the API server is trusted. Null: the public ones. */
  authority(): Promise<string | null>
  close(): Promise<void>
}

/** Calls of one operation. What the API server refuses is thrown as a `ConnectorError`. */
export interface Api {
  /** Any answer, whatever its status. */
  ask(call: Call): Promise<Answer>
  /** Null: there is none. */
  read<T>(schema: z.ZodType<T>, path: string): Promise<T | null>
  /** All of them, over all pages. `labels`: those with these labels alone. */
  list<T>(schema: z.ZodType<T>, path: string, labels?: string): Promise<T[]>
  /** The answer to a question, or a token: what is created is not stored. */
  create<T>(schema: z.ZodType<T>, path: string, body: object): Promise<T>
  /** False: there is one of this name already. */
  make(path: string, body: object): Promise<boolean>
  /** False: there is none any more. */
  change(path: string, patch: object): Promise<boolean>
  /** Deletes it, also where somebody gave it finalizers. Resolves where there is none any more. */
  remove(path: string): Promise<void>
  /** The clock of the API server at its last answer. */
  now(): Date
  refused(what: string, answer: Answer): ConnectorError
}

export function openTarget(resourceId: string, settings: KubernetesSettings): Target {
  const connections = keepConnections()
  const authority = () => readAuthority(resourceId, settings)
  const run = async <T>(work: (api: Api) => Promise<T>): Promise<T> => {
    const ca = await authority()
    const token = await tokenOf(resourceId, settings)
    return connections.run(
      (request) => limited(resourceId, settings.timeout, work(openApi(resourceId, settings, request, token))),
      { ca },
    )
  }
  return {
    resourceId,
    settings,
    authority,
    operation: (work) => run(work).catch((error) => Promise.reject(noAnswer(resourceId, error))),
    close: () => connections.close(),
  }
}

async function tokenOf(resourceId: string, { token, tokenFile }: KubernetesSettings): Promise<string> {
  const secret = tokenFile === undefined ? (token ?? '') : await readSecretFile(tokenFile, resourceId)
  if (/^[\x21-\x7e]+$/.test(secret)) return secret
  const message = `${resourceId}: the token of Daypass holds blanks or other signs that no token has. Give it the token alone.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

async function readAuthority(resourceId: string, { caFile }: KubernetesSettings): Promise<string | null> {
  if (caFile === undefined) return null
  return readFile(caFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const message = `${resourceId}: \`caFile\` ${caFile} cannot be read (${error.code ?? error.name}). Put the CA of the API server there, readable for Daypass.`
    throw new ConnectorError('misconfigured', message, { retryable: true })
  })
}

const inOnePage = 500
const pageSchema = z.object({
  kind: z.string().endsWith('List'),
  metadata: z.object({ continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable(),
})
const leftSchema = z.object({
  metadata: z.object({ finalizers: z.array(z.string()).min(1) }),
})

function openApi(resourceId: string, { url }: KubernetesSettings, request: Request, token: string): Api {
  let now = new Date()
  const refused: Api['refused'] = (what, answer) => refusal(resourceId, what, answer)
  const ask: Api['ask'] = async (call) => {
    const answer = await send(request, url, token, call)
    now = answer.at
    return answer
  }
  const understood = <T>(schema: z.ZodType<T>, value: unknown, what: string, answer: Answer): T => {
    const read = schema.safeParse(value)
    if (read.success) return read.data
    throw refused(what, answer)
  }
  const change: Api['change'] = async (path, patch) => {
    const answer = await ask({ method: 'PATCH', path, body: patch })
    if (answer.status === 200) return true
    if (isNotFound(answer)) return false
    throw refused(`to a change of ${path}`, answer)
  }
  return {
    ask,
    refused,
    change,
    now: () => now,
    read: async (schema, path) => {
      const answer = await ask({ method: 'GET', path })
      if (isNotFound(answer)) return null
      if (answer.status !== 200) throw refused(`to a look at ${path}`, answer)
      return understood(schema, answer.body, `to a look at ${path}`, answer)
    },
    list: async (schema, path, labels) => {
      const found: unknown[] = []
      for (let next: string | undefined; ; ) {
        const query = new URLSearchParams({
          limit: String(inOnePage),
          ...(labels && { labelSelector: labels }),
          ...(next && { continue: next }),
        })
        const answer = await ask({ method: 'GET', path: `${path}?${query}` })
        if (answer.status !== 200) throw refused(`to a list of ${path}`, answer)
        const page = understood(pageSchema, answer.body, `to a list of ${path}`, answer)
        found.push(...(page.items ?? []))
        next = page.metadata.continue
        if (!next) return found.map((item) => understood(schema, item, `to a list of ${path}`, answer))
      }
    },
    create: async (schema, path, body) => {
      const answer = await ask({ method: 'POST', path, body })
      if (answer.status !== 200 && answer.status !== 201) throw refused(`to ${path}`, answer)
      return understood(schema, answer.body, `to ${path}`, answer)
    },
    make: async (path, body) => {
      const answer = await ask({ method: 'POST', path, body })
      if (answer.status === 201) return true
      if (isExisting(answer)) return false
      throw refused(`to a new object in ${path}`, answer)
    },
    remove: async (path) => {
      // In the address, because a connection is closed after a deletion that has a body.
      const answer = await ask({ method: 'DELETE', path: `${path}?propagationPolicy=Background` })
      if (isNotFound(answer)) return
      if (answer.status !== 200 && answer.status !== 202) throw refused(`to the deletion of ${path}`, answer)
      // A finalizer keeps an object, and a kept binding goes on giving its role.
      if (leftSchema.safeParse(answer.body).success) await change(path, { metadata: { finalizers: null } })
    },
  }
}
