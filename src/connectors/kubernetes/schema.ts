import { z } from 'zod'
import { addressSetting } from '../_shared/address-setting.ts'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

/** A DNS label: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const namespaceSetting = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected a namespace, as in orders')

/** A path segment: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names */
const roleName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(?!\.{1,2}$)[^/%\p{Cc}\p{Cs}]+$/u, 'this cannot be the name of a role')

/** The connector's settings in the catalog. Messages never repeat secrets. */
export const settingsSchema = z
  .strictObject({
    url: addressSetting().describe(
      'The API server, as Daypass reaches it: https://kubernetes.example.com:6443',
    ),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A PEM file with the CA of the API server, where it is not a public one. Kubeconfigs for people carry it',
      ),
    token: z
      .string()
      .min(1)
      .optional()
      .describe('The token of the ServiceAccount of Daypass. Let it come from the environment'),
    tokenFile: secretFileSetting('the token of the ServiceAccount of Daypass'),
    access: z
      .enum(['token', 'user'])
      .default('token')
      .describe(
        'token: a ServiceAccount and a token for each lease. user: bindings for a user who signs in to the cluster already, by OIDC or with a certificate',
      ),
    namespace: namespaceSetting
      .default('daypass-leases')
      .describe('The namespace of the ServiceAccounts of leases, which holds nothing else'),
    userPrefix: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'What the cluster puts before the name of a user, as --oidc-username-prefix does: `oidc:`. Confirmed logins are then without it',
      ),
    publicUrl: addressSetting()
      .optional()
      .describe('The API server, as people reach it, where that differs from `url`'),
    auditLog: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The audit log of the API server, as a file that Daypass may read: what was done during a lease is then told',
      ),
    timeout: timeoutSetting(30),
  })
  .refine(({ token, tokenFile }) => (token === undefined) !== (tokenFile === undefined), {
    path: ['token'],
    message: 'write either `token` or `tokenFile`',
  })
  .refine(({ access, userPrefix }) => access === 'user' || userPrefix === undefined, {
    path: ['userPrefix'],
    message: 'only `access: user` names users',
  })
export type KubernetesSettings = z.output<typeof settingsSchema>

const binding = z
  .strictObject({
    clusterRole: roleName.optional().describe('A ClusterRole'),
    role: roleName.optional().describe('A Role, which is there in each of `namespaces`'),
    namespaces: z
      .array(namespaceSetting)
      .min(1)
      .optional()
      .describe('Where the role is given: [orders, payments]'),
    wholeCluster: z
      .literal(true)
      .optional()
      .describe('In place of `namespaces`: the ClusterRole is given in the whole cluster'),
  })
  .refine(({ clusterRole, role }) => (clusterRole === undefined) !== (role === undefined), {
    path: ['clusterRole'],
    message: 'write either `clusterRole` or `role`',
  })
  .refine(({ namespaces, wholeCluster }) => (namespaces === undefined) !== (wholeCluster === undefined), {
    path: ['namespaces'],
    message: 'write either `namespaces` or `wholeCluster: true`',
  })
  .refine(({ role, wholeCluster }) => role === undefined || wholeCluster === undefined, {
    path: ['wholeCluster'],
    message: 'a Role is of one namespace: name a ClusterRole, or write `namespaces`',
  })

/** The connector's own part of an entitlement: the roles that the holder has for the lease. */
export const entitlementSchema = z.strictObject({
  bind: z
    .array(binding)
    .min(1, 'expected at least one role')
    .describe('The roles that the holder has for the lease, and where'),
  acceptKeeping: z
    .boolean()
    .default(false)
    .describe(
      'true: the owners accept that these roles let their holder keep access beyond the lease, as `edit` does, which reads Secrets',
    ),
})
export type KubernetesEntitlement = z.output<typeof entitlementSchema>
