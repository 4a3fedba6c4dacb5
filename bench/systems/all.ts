import { awsSystem } from './aws.ts'
import { kubernetesSystem } from './kubernetes.ts'
import { ldapSystem } from './ldap.ts'
import { mysqlSystem } from './mysql.ts'
import { postgresSystem } from './postgres.ts'
import { redisSystem } from './redis.ts'
import { sshSystem } from './ssh.ts'
import type { SystemKind } from './system.ts'

export const systems: readonly SystemKind[] = [
  postgresSystem,
  mysqlSystem,
  redisSystem,
  ldapSystem,
  sshSystem,
  kubernetesSystem,
  awsSystem,
]
