import { expect, it } from 'vitest'
import {
  callerOf,
  deniedBefore,
  endStatement,
  olderSessionsStatement,
  policyOf,
  readPolicy,
} from './policies.ts'

const account = '123456789012'

it('a user is named by its ARN, and a role with every path, because its session does not tell it', () => {
  const user = `arn:aws:iam::${account}:user/bots/daypass`
  expect(callerOf(user)).toEqual({ partition: 'aws', account, principals: [user], isSession: false })
  const roles = `arn:aws-cn:iam::${account}:role/`
  expect(callerOf(`arn:aws-cn:sts::${account}:assumed-role/Daypass/i-0123`)).toEqual({
    partition: 'aws-cn',
    account,
    principals: [`${roles}Daypass`, `${roles}*/Daypass`],
    isSession: true,
  })
})

it.each([`arn:aws:iam::${account}:root`, `arn:aws:sts::${account}:federated-user/x`, ''])(
  '%s opens no sessions of roles',
  (arn) => {
    expect(callerOf(arn)).toBeNull()
  },
)

it('the instant before which sessions are denied is found in a policy as IAM gives it', () => {
  const guard = policyOf([endStatement(new Date()), olderSessionsStatement('2026-11-05T10:00:00Z')])
  expect(deniedBefore(readPolicy(encodeURIComponent(JSON.stringify(guard))))).toBe('2026-11-05T10:00:00Z')
  for (const other of ['', '%7B', 'null', '%', encodeURIComponent(JSON.stringify(policyOf([])))])
    expect(deniedBefore(readPolicy(other))).toBeNull()
})

it('the end is written in whole seconds, and never later than it is', () => {
  const { Condition } = endStatement(new Date('2026-11-05T10:00:00.999Z'))
  expect(Condition).toEqual({ DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11-05T10:00:00Z' } })
})
