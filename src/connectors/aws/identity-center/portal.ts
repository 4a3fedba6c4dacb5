import { type AccessOrder, ConnectorError, type Credentials } from '../../../domain/connector.ts'
import type { AwsEntitlement } from '../schema.ts'
import { isHeldInCenter } from './access.ts'
import { type Center, describePermissionSet } from './center.ts'

/** The way in, without a secret: people sign in at the access portal as themselves. Null where the catalog names no portal. */
export async function portalAccess(
  center: Center,
  order: AccessOrder<AwsEntitlement | null>,
): Promise<Credentials | null> {
  const { content } = order
  const { portal } = center.settings
  if (content === null || portal === undefined) return null
  if (!(await isHeldInCenter(center, { ...order, content }))) throw notGranted(order)
  const { account = '', permissionSet = '' } = content
  const described = await center.target.operation((aws) => describePermissionSet(center, aws, permissionSet))
  const name = described?.name ?? ''
  // https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
  const link = `${portal}/#/console?account_id=${account}&role_name=${encodeURIComponent(name)}`
  const { region } = center.target.settings
  return {
    fields: [
      { label: 'AWS console', value: link },
      { label: 'Account', value: account },
      { label: 'Permission set', value: name },
    ],
    commands: [
      {
        label: 'Profile for ~/.aws/config',
        text: [
          `[profile ${name}-${account}]`,
          `sso_session = daypass-${center.target.resourceId}`,
          `sso_account_id = ${account}`,
          `sso_role_name = ${name}`,
          `region = ${region}`,
          '',
          `[sso-session daypass-${center.target.resourceId}]`,
          `sso_start_url = ${portal}`,
          `sso_region = ${region}`,
          'sso_registration_scopes = sso:account:access',
        ].join('\n'),
      },
      { label: 'Sign in', text: `aws sso login --profile ${name}-${account}` },
    ],
    expiresAt: order.until,
  }
}

function notGranted({ resourceId }: AccessOrder<unknown>): ConnectorError {
  const message = `${resourceId}: the assignment is not there: its lease has ended, or it was not granted`
  return new ConnectorError('not_granted', message, { retryable: false })
}
