import { z } from 'zod'
import { metadataSchema } from './bindings.ts'
import { accountName, generationOf, usernameOf } from './names.ts'
import type { Api, Target } from './target.ts'

/** A ServiceAccount of a lease. */
export interface Account {
  readonly name: string
  readonly generation: number
  readonly uid: string
  readonly createdAt: Date
}

const accountSchema = z.object({ metadata: metadataSchema })

export function accountPath({ settings }: Target, name?: string): string {
  const collection = `/api/v1/namespaces/${settings.namespace}/serviceaccounts`
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`
}

/** The names of all ServiceAccounts in the namespace of leases. */
export async function listAccountNames(target: Target, api: Api): Promise<string[]> {
  return (await api.list(accountSchema, accountPath(target))).map(({ metadata }) => metadata.name)
}

/** The accounts of one lease, the latest first. */
export async function accountsOf(target: Target, api: Api, grantId: string): Promise<Account[]> {
  const all = await api.list(accountSchema, accountPath(target))
  return all
    .flatMap(({ metadata: { name, uid, creationTimestamp } }) => {
      const generation = generationOf(target.resourceId, grantId, name)
      return generation === null ? [] : [{ name, generation, uid, createdAt: new Date(creationTimestamp) }]
    })
    .sort((one, other) => other.generation - one.generation)
}

/** Makes this one, unless it is there. */
export async function makeAccount(
  target: Target,
  api: Api,
  { grantId, generation, metadata }: { grantId: string; generation: number; metadata: object },
): Promise<{ name: string; isNew: boolean }> {
  const name = accountName(target.resourceId, grantId, generation)
  const isNew = await api.make(accountPath(target), {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata, name },
    // Nobody mounts it: tokens are asked for.
    automountServiceAccountToken: false,
  })
  return { name, isNew }
}

const tokenSchema = z.object({
  status: z.object({ token: z.string().min(1), expirationTimestamp: z.string() }),
})

/** Kubernetes makes no token that lasts less: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
const leastSeconds = 600

/** A token of the account. It ends with the account, and by itself at that time. */
export async function requestToken(
  target: Target,
  api: Api,
  account: string,
  seconds: number,
): Promise<{ token: string; expiresAt: Date }> {
  const { status } = await api.create(tokenSchema, `${accountPath(target, account)}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: Math.max(leastSeconds, Math.floor(seconds)) },
  })
  return { token: status.token, expiresAt: new Date(status.expirationTimestamp) }
}

/** The subject of a binding, for an account of a lease. */
export function accountSubject({ settings }: Target, name: string) {
  return { kind: 'ServiceAccount', name, namespace: settings.namespace }
}

export function usernameOfAccount({ settings }: Target, name: string): string {
  return usernameOf(settings.namespace, name)
}
