import { z } from 'zod'
import { ConnectorError } from '../../domain/connector.ts'
import { limited } from '../_shared/operation-limit.ts'
import { type Fetch, onOwnConnections } from '../_shared/own-connections.ts'
import { type Answer, type Call, noAnswer, refusal, send } from './http.ts'
import { listSchema, type PatchOperation, quoted, type Resource, resourceSchema } from './resource.ts'
import type { ScimSettings } from './schema.ts'
import { clientCredentials, fixedToken, type TokenSource } from './token.ts'

/** The SCIM server of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: ScimSettings
  /** Runs calls to the server, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (scim: Scim) => Promise<T>): Promise<T>
  /** The same for calls to others, such as an identity provider. */
  elsewhere<T>(run: (fetch: Fetch) => Promise<T>): Promise<T>
}

/** Calls of one operation. What the server refuses is thrown as a `ConnectorError`. */
export interface Scim {
  /** Null: there is none. */
  read(path: Path, query?: Query): Promise<Found | null>
  /** Everything that the filter finds, over all pages. */
  list(type: Path[0], query: Query): Promise<Resource[]>
  /** An answer for each: null where the server took it. */
  patch(path: Path, operations: readonly PatchOperation[]): Promise<Answer | null>
  /** Replaces it if it still has this version. False: it has another. */
  replace(path: Path, resource: Resource, version: string | null): Promise<boolean>
  /** Any answer, whatever its status. */
  ask(path: string): Promise<Answer>
  refused(answer: Answer): ConnectorError
}

export type Path = readonly [type: 'Users' | 'Groups', id: string]
type Query = Readonly<Record<string, string>>

export interface Found {
  readonly resource: Resource
  readonly version: string | null
  readonly at: Date
}

export function openTarget(resourceId: string, settings: ScimSettings): Target {
  const tokens = tokensOf(resourceId, settings)
  const within = <T>(run: (fetch: Fetch) => Promise<T>): Promise<T> =>
    onOwnConnections((fetch) => limited(resourceId, settings.timeout, run(fetch))).catch((error) =>
      Promise.reject(noAnswer(resourceId, error)),
    )
  return {
    resourceId,
    settings,
    operation: (run) => within((fetch) => run(openScim(resourceId, settings, fetch, tokens))),
    elsewhere: within,
  }
}

function tokensOf(resourceId: string, { token, tokenFile, oauth }: ScimSettings): TokenSource {
  return oauth ? clientCredentials(resourceId, oauth) : fixedToken(resourceId, token, tokenFile)
}

/** https://www.rfc-editor.org/rfc/rfc7644#section-3.1 */
const contentType = 'application/scim+json'
const inOnePage = 100
const mostPages = 1_000

function openScim(resourceId: string, settings: ScimSettings, fetch: Fetch, tokens: TokenSource): Scim {
  const refused = (answer: Answer) => refusal(resourceId, 'the SCIM server', answer)
  const call = async (call: Omit<Call, 'url'> & { path: string }, isAgain = false): Promise<Answer> => {
    const { path, headers, ...rest } = call
    const answer = await send(fetch, {
      ...rest,
      url: `${settings.url}/${path}`,
      headers: {
        authorization: `Bearer ${await tokens.get(fetch)}`,
        accept: `${contentType}, application/json`,
        ...(call.body === undefined ? {} : { 'content-type': contentType }),
        ...headers,
      },
    })
    // The server may have forgotten a token that is still kept here.
    return answer.status === 401 && !isAgain && tokens.forget() ? callAgain(call) : answer
  }
  const callAgain = (again: Parameters<typeof call>[0]) => call(again, true)
  const list: Scim['list'] = async (type, query) => {
    const found = new Map<string, Resource>()
    for (let page = 0, startIndex = 1; page < mostPages; page += 1) {
      const paging = { ...query, startIndex: String(startIndex), count: String(inOnePage) }
      const answer = await call({ method: 'GET', path: `${type}?${new URLSearchParams(paging)}` })
      const read = answer.status === 200 ? listSchema.safeParse(answer.body) : null
      if (!read?.success) throw refused(answer)
      const { Resources: resources, totalResults } = read.data
      const isRepeated = resources.length > 0 && resources.every(({ id }) => found.has(id))
      if (isRepeated) break
      for (const resource of resources) found.set(resource.id, resource)
      startIndex += resources.length
      if (resources.length === 0 || startIndex > totalResults) return [...found.values()]
    }
    throw notPaged(resourceId, type)
  }
  /** A handler that failed is told as 404 by some servers, so the absence is looked at once more, in another way. */
  const absent = async ([type, id]: Path): Promise<null> => {
    const query = {
      filter: `id eq ${quoted(id)}`,
      ...(type === 'Groups' && { excludedAttributes: 'members' }),
    }
    const found = await list(type, query).catch((error: unknown) => {
      if (error instanceof ConnectorError && error.code === 'misconfigured') return []
      throw error
    })
    if (!found.some((resource) => resource.id === id)) return null
    const message = `${resourceId}: the SCIM server lists ${type}/${id}, and says that it does not exist. See its log.`
    throw new ConnectorError('unreachable', message, { retryable: true })
  }
  return {
    list,
    refused,
    ask: (path) => call({ method: 'GET', path }),
    read: async (path, query = {}) => {
      const search = new URLSearchParams(query).toString()
      const answer = await call({
        method: 'GET',
        path: `${pathOf(resourceId, path)}${search && `?${search}`}`,
      })
      if (answer.status === 404 && isScimError(answer.body)) return absent(path)
      const read = answer.status === 200 ? resourceSchema.safeParse(answer.body) : null
      if (!read?.success) throw refused(answer)
      if (read.data.id !== path[1]) throw another(resourceId, path)
      const version = answer.headers.get('etag') ?? read.data.meta?.version ?? null
      return { resource: read.data, version, at: answer.at }
    },
    patch: async (path, operations) => {
      const answer = await call({
        method: 'PATCH',
        path: pathOf(resourceId, path),
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: operations.map(({ op, ...rest }) => ({ op: spelt(settings, op), ...rest })),
        }),
      })
      return answer.status >= 200 && answer.status < 300 ? null : answer
    },
    replace: async (path, { meta: _, ...resource }, version) => {
      const answer = await call({
        method: 'PUT',
        path: pathOf(resourceId, path),
        headers: version === null ? {} : { 'if-match': version },
        body: JSON.stringify(resource),
      })
      if (answer.status === 412 || answer.status === 409) return false
      if (answer.status < 200 || answer.status >= 300) throw refused(answer)
      return true
    },
  }
}

/** https://www.rfc-editor.org/rfc/rfc7644#section-3.12. A wrong address answers 404 too, and in another form. */
function isScimError(body: unknown): boolean {
  const { success } = z
    .object({ schemas: z.array(z.string()).refine((all) => all.includes(errorSchema)) })
    .safeParse(body)
  return success
}

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error'

function spelt({ operations }: ScimSettings, op: PatchOperation['op']): string {
  return operations === 'capitalised' ? `${op.charAt(0).toUpperCase()}${op.slice(1)}` : op
}

/** An id is one part of the path, whatever signs it has. `.` and `..` would be other parts. */
function pathOf(resourceId: string, [type, id]: Path): string {
  try {
    const part = encodeURIComponent(id)
    if (part !== '' && part !== '.' && part !== '..') return `${type}/${part}`
  } catch {
    // A half of a surrogate pair cannot be sent.
  }
  const message = `${resourceId}: ${JSON.stringify(id)} cannot be the id of a resource`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function another(resourceId: string, [type, id]: Path): ConnectorError {
  const message = `${resourceId}: the SCIM server answered with another resource than ${type}/${id}`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function notPaged(resourceId: string, type: string): ConnectorError {
  const message = `${resourceId}: the SCIM server answers a filter on ${type} with the same page again, or without end. It must take filters, or \`startIndex\`.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}
