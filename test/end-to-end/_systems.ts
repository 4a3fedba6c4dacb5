import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { slapdMissing } from '../../fixtures/targets/slapd.ts'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { webhookReceiverMissing } from '../../fixtures/targets/webhook-receiver.ts'
import { ownRedisMissing } from '../_redis.ts'
import { makeAwsCenterWorld } from '../contract/aws-center-world.ts'
import { makeAwsRoleWorld } from '../contract/aws-role-world.ts'
import type { ConnectorWorld } from '../contract/connector-world.ts'
import { startKubernetesWorld } from '../contract/kubernetes-world.ts'
import { makeLdapAccountsWorld } from '../contract/ldap-accounts-world.ts'
import { openldap, startSlapdForDaypass } from '../contract/ldap-kinds.ts'
import { makeMysqlWorld } from '../contract/mysql-world.ts'
import { makeRedisWorld } from '../contract/redis-world.ts'
import { makeSshWorld } from '../contract/ssh-world.ts'
import { makeWebhookWorld } from '../contract/webhook-world.ts'

/** A kind of system besides Postgres, with a real one of it. */
export interface System {
  readonly kind: string
  /** Why it cannot be started here. */
  readonly missing: string | null
  readonly start: () => Promise<ConnectorWorld>
  /** How the end is told: read back at the target, or by somebody's word. */
  readonly told: RegExp
  /** Daypass has other keys for it in its environment than for another of these. */
  readonly ownKeys?: true
}

const readBack = /is gone, read back/

export const systems: readonly System[] = [
  { kind: 'mysql', missing: mariadbMissing, start: makeMysqlWorld, told: readBack },
  { kind: 'aws', missing: motoMissing, start: () => makeAwsRoleWorld(), told: readBack },
  {
    kind: 'aws by Identity Center',
    missing: motoMissing,
    start: () => makeAwsCenterWorld({ users: 1 }),
    told: /is gone, read back .*AWS sessions opened before may last until/,
    ownKeys: true,
  },
  { kind: 'redis', missing: ownRedisMissing, start: makeRedisWorld, told: readBack },
  {
    kind: 'kubernetes',
    missing: kubernetesMissing,
    start: () => startKubernetesWorld({ access: 'token', resourceId: 'cluster' }),
    told: readBack,
  },
  { kind: 'ldap', missing: slapdMissing, start: startLdapWorld, told: readBack },
  { kind: 'ssh', missing: sshHostMissing, start: makeSshWorld, told: readBack },
  {
    kind: 'webhook',
    missing: webhookReceiverMissing,
    start: () => makeWebhookWorld({ settings: { credentials: true } }),
    told: /attested, not proven/,
  },
]

async function startLdapWorld(): Promise<ConnectorWorld> {
  const server = await startSlapdForDaypass({ overlays: ['dds'] })
  const world = await makeLdapAccountsWorld(server, openldap)
  return {
    ...world,
    close: async () => {
      await world.close()
      await server.close()
    },
  }
}
