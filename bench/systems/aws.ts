import { randomBytes } from 'node:crypto'
import { IAM } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import { account, region } from '../../fixtures/targets/aws/root.ts'
import { boundary, makeAwsRoleWorld, readOrders } from '../../test/contract/aws-role-world.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

const PolicyName = 'access'

/** A role of the lease, in the emulator. */
export const awsSystem: SystemKind = {
  kind: 'aws',
  missing: motoMissing,
  start: async () => {
    const world = await makeAwsRoleWorld()
    const { admin } = world.target
    const config = {
      endpoint: `http://127.0.0.1:${world.proxy.port}`,
      region,
      credentials: { accessKeyId: admin.accessKeyId, secretAccessKey: admin.secretAccessKey },
    }
    const [iam, sts] = [new IAM(config), new STS(config)]
    const { policies = [], statements = [] } = readOrders as { policies?: string[]; statements?: object[] }
    return {
      world,
      bare: {
        grant: async () => {
          const RoleName = `daypass-${randomBytes(16).toString('hex')}`
          const trust = {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { AWS: admin.arn }, Action: 'sts:AssumeRole' }],
          }
          await iam.createRole({
            RoleName,
            Path: '/daypass/aws/',
            AssumeRolePolicyDocument: JSON.stringify(trust),
            PermissionsBoundary: boundary,
          })
          const until = { DateGreaterThanEquals: { 'aws:CurrentTime': new Date(Date.now() + 3_600_000) } }
          const end = { Effect: 'Deny', Action: '*', Resource: '*', Condition: until }
          const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [...statements, end] })
          await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument })
          for (const PolicyArn of policies) await iam.attachRolePolicy({ RoleName, PolicyArn })
          if ((await iam.listAttachedRolePolicies({ RoleName })).AttachedPolicies?.length !== policies.length)
            throw new Error('the policies are not there')
          const { Credentials: keys } = await sts.assumeRole({
            RoleArn: `arn:aws:iam::${account}:role/daypass/aws/${RoleName}`,
            RoleSessionName: 'bare',
          })
          return credentialsOf({
            Role: RoleName,
            'Access key ID': keys?.AccessKeyId ?? '',
            'Secret access key': keys?.SecretAccessKey ?? '',
            'Session token': keys?.SessionToken ?? '',
          })
        },
        revoke: async (given) => {
          const RoleName = fieldOf(given, 'Role')
          for (const PolicyArn of policies) await iam.detachRolePolicy({ RoleName, PolicyArn })
          await iam.deleteRolePolicy({ RoleName, PolicyName })
          await iam.deleteRole({ RoleName })
          const found = await iam.getRole({ RoleName }).catch((error: Error) => error.name)
          if (found !== 'NoSuchEntityException') throw new Error(`the role is still there: ${String(found)}`)
        },
      },
      close: async () => {
        iam.destroy()
        sts.destroy()
        await world.close()
      },
    }
  },
}
