import { createHash, createPrivateKey } from 'node:crypto'
import type { Octokit } from '@octokit/core'
import { ConnectorError } from '../../domain/connector.ts'
import type { Fetch } from '../_shared/own-connections.ts'
import { readSecretFile } from '../_shared/settings.ts'
import { statusOf } from './errors.ts'
import type { GitHubSettings } from './schema.ts'

/** https://docs.github.com/rest/about-the-rest-api/api-versions */
const headers = { 'x-github-api-version': '2022-11-28' }
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Makes clients that act as the installation of the app in the organisation. */
export interface Clients {
  /** For one operation, over its connections. */
  open(fetch: Fetch): Promise<Octokit>
  /** The same as the app itself, to ask about its installation. */
  openApp(fetch: Fetch): Promise<Octokit>
  /** GitHub does not take the token any more: the next client gets another one. */
  forget(): void
}

/** Tokens of an installation last an hour. They are kept, in memory only, until the key changes or GitHub refuses them. */
export function openClients(resourceId: string, settings: GitHubSettings): Clients {
  let kept: { readonly keyHash: string; readonly auth: Promise<Auth> } | null = null
  const privateKey = async () => {
    const { privateKey: key, privateKeyFile: file } = settings
    // A variable of the environment often holds the line breaks as `\n`.
    const pem = (file === undefined ? (key ?? '') : await readSecretFile(file, resourceId)).replaceAll(
      '\\n',
      '\n',
    )
    requireKey(resourceId, pem)
    return pem
  }
  const openWith = async (fetch: Fetch, auth?: Auth) => {
    const { Octokit } = await import('@octokit/core')
    return new Octokit({
      baseUrl: settings.apiUrl,
      userAgent: 'daypass',
      log: quiet,
      request: { fetch },
      ...(auth && { authStrategy: () => auth }),
    })
  }
  const openApp = async (fetch: Fetch) => openWith(fetch, await authOf(settings, await privateKey(), {}))
  return {
    openApp,
    open: async (fetch) => {
      const key = await privateKey()
      const keyHash = createHash('sha256').update(key).digest('base64')
      if (kept?.keyHash !== keyHash) {
        const auth = openApp(fetch)
          .then((app) => installationOf(app, resourceId, settings.organization))
          .then((installationId) => authOf(settings, key, { installationId }))
        kept = { keyHash, auth }
        const mine = kept
        auth.catch(() => {
          if (kept === mine) kept = null
        })
      }
      return openWith(fetch, await kept.auth)
    },
    forget: () => {
      kept = null
    },
  }
}

type Auth = Awaited<ReturnType<typeof authOf>>

async function authOf({ appId }: GitHubSettings, privateKey: string, more: { installationId?: number }) {
  const { createAppAuth } = await import('@octokit/auth-app')
  return createAppAuth({ appId, privateKey, log: quiet, ...more })
}

/** The errors of the libraries do not say so. */
function requireKey(resourceId: string, pem: string): void {
  try {
    createPrivateKey(pem)
  } catch {
    const message = `${resourceId}: the private key of the app cannot be read. Make one in the settings of the app, and give the whole PEM file.`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  }
}

async function installationOf(app: Octokit, resourceId: string, org: string): Promise<number> {
  try {
    const { data } = await app.request('GET /orgs/{org}/installation', { org, headers })
    return data.id
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    const message = `${resourceId}: the app is not installed in the organisation ${org}. Install it there, and correct \`organization\` if it was renamed.`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  }
}

function nothing(): void {}
