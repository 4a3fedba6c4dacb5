import type { Octokit } from '@octokit/core'
import { z } from 'zod'
import { ConnectorError } from '../../domain/connector.ts'
import { limited } from '../_shared/operation-limit.ts'
import { onOwnConnections } from '../_shared/own-connections.ts'
import { type Clients, openClients } from './client.ts'
import { statusOf, toConnectorError } from './errors.ts'
import type { GitHubSettings } from './schema.ts'

/** The organisation of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: GitHubSettings
  /** Runs calls as the installation of the app, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (github: GitHub) => Promise<T>): Promise<T>
  /** The same as the app itself. */
  asApp<T>(run: (github: GitHub) => Promise<T>): Promise<T>
}

/** Calls of one operation. `org` and `owner` are those of the resource unless given. What GitHub refuses is thrown. */
export interface GitHub {
  /** Null: 404, which GitHub also answers where the app may not look. Ask for what is around first. */
  read<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    parameters?: Parameters,
  ): Promise<z.output<Schema> | null>
  /** All pages, or the first so many. `within`: the key of the list in the answer. */
  list<Item extends z.ZodType>(
    item: Item,
    path: string,
    parameters?: Parameters & { readonly within?: string; readonly pages?: number },
  ): Promise<z.output<Item>[]>
  /** A change. 404 counts as done where it takes something away: a read-back decides. */
  change(method: Method, path: string, parameters?: Parameters): Promise<Changed>
  /** The clock of GitHub at its latest answer. */
  now(): Date
}

type Parameters = Readonly<Record<string, unknown>>
type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Changed {
  readonly status: number
  readonly data: unknown
}

export function openTarget(resourceId: string, settings: GitHubSettings): Target {
  const clients = openClients(resourceId, settings)
  const within = <T>(open: Open, run: (github: GitHub) => Promise<T>): Promise<T> =>
    onOwnConnections((fetch) =>
      limited(
        resourceId,
        settings.timeout,
        openGitHub(resourceId, settings, clients, () => open(fetch)).then(run),
      ),
    ).catch((error) => Promise.reject(toConnectorError(error, resourceId)))
  return {
    resourceId,
    settings,
    operation: (run) => within(clients.open, run),
    asApp: (run) => within(clients.openApp, run),
  }
}

type Open = Clients['open']
const inOnePage = 100
const mostPages = 500

async function openGitHub(
  resourceId: string,
  { organization, apiUrl }: GitHubSettings,
  clients: Clients,
  open: () => Promise<Octokit>,
): Promise<GitHub> {
  let octokit = await open()
  let clock = new Date()
  const send = async (route: string, parameters: Parameters = {}) => {
    const response = await octokit.request(route, {
      // What a path does not name would become a part of the query.
      ...(route.includes('{org}') && { org: organization }),
      ...(route.includes('{owner}') && { owner: organization }),
      ...parameters,
      headers: { 'x-github-api-version': '2022-11-28' },
    })
    const { date, link = '' } = response.headers
    const at = new Date(date ?? '')
    if (!Number.isNaN(at.getTime())) clock = at
    return { status: response.status, data: response.data as unknown, link }
  }
  /** A token that was revoked, or that GitHub's clock has ended, is replaced once. Nothing was done with it. */
  const call = async (route: string, parameters?: Parameters) => {
    try {
      return await send(route, parameters)
    } catch (error) {
      if (statusOf(error) !== 401) throw error
      clients.forget()
      octokit = await open()
      return send(route, parameters)
    }
  }
  const notUnderstood = (path: string) => {
    const message = `${resourceId}: the answer to ${path} is not understood. See that \`apiUrl\` is the API of GitHub.`
    return new ConnectorError('unreachable', message, { retryable: true })
  }
  const understood = <Schema extends z.ZodType>(schema: Schema, path: string, data: unknown) => {
    const read = schema.safeParse(data)
    if (read.success) return read.data
    throw notUnderstood(path)
  }
  return {
    now: () => clock,
    read: async (schema, path, parameters) => {
      try {
        const { status, data } = await call(`GET ${path}`, parameters)
        // A repository that was renamed or transferred: it is not the one of this name any more.
        if (status >= 300 && status < 400) return null
        return understood(schema, path, data)
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw error
      }
    },
    list: async (item, path, { within, pages: most = mostPages, ...parameters } = {}) => {
      const found: z.output<typeof item>[] = []
      const page = within === undefined ? z.array(item) : z.object({ [within]: z.array(item) })
      let next: string | null = `GET ${path}`
      let with_: Parameters = { ...parameters, per_page: inOnePage }
      for (let pages = 0; next !== null; pages += 1) {
        if (pages === mostPages) throw notUnderstood(path)
        if (pages === most) break
        const { status, data, link } = await call(next, with_)
        if (status !== 200) throw notUnderstood(path)
        const read = understood(page, path, data)
        found.push(...(Array.isArray(read) ? read : (read[within ?? ''] ?? [])))
        next = nextOf(resourceId, link, apiUrl)
        with_ = {}
      }
      return found
    },
    change: async (method, path, parameters) => {
      try {
        const { status, data } = await call(`${method} ${path}`, parameters)
        if (status >= 300) throw notUnderstood(path)
        return { status, data }
      } catch (error) {
        if (method === 'DELETE' && statusOf(error) === 404) return { status: 404, data: null }
        throw error
      }
    },
  }
}

/** The address of the next page, which is GitHub's business: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
function nextOf(resourceId: string, link: string, apiUrl: string): string | null {
  const [, url] = /<([^<>]+)>;\s*rel="next"/.exec(link) ?? []
  if (url === undefined) return null
  // The token is for this address only. A part of a list must not be taken for all of it.
  if (url.startsWith(`${apiUrl}/`)) return `GET ${url}`
  const message = `${resourceId}: GitHub continues a list at another address. Write \`apiUrl\` with the name that the server has for itself.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}
