import { expect, it } from 'vitest'
import { toConnectorError } from './errors.ts'

const driverError = (code: string, message = 'said the driver') => Object.assign(new Error(message), { code })

it.each([
  [driverError('ECONNREFUSED'), 'unreachable', true],
  [driverError('ENOTFOUND'), 'unreachable', true],
  [driverError('EAI_AGAIN'), 'unreachable', true],
  [driverError('EHOSTUNREACH'), 'unreachable', true],
  [driverError('ETIMEDOUT'), 'unreachable', true],
  [driverError('EPIPE'), 'unreachable', true],
  [driverError('57P01'), 'unreachable', true],
  [driverError('57P03'), 'unreachable', true],
  [driverError('53300'), 'unreachable', true],
  [driverError('08006'), 'unreachable', true],
  [new Error('Connection terminated unexpectedly'), 'unreachable', true],
  [Object.assign(new AggregateError([driverError('ECONNREFUSED')])), 'unreachable', true],
  [new Error('timeout exceeded when trying to connect'), 'timeout', true],
  [new Error('Query read timeout'), 'timeout', true],
  [driverError('57014'), 'timeout', true],
  [driverError('55P03'), 'timeout', true],
  [driverError('40P01'), 'conflict', true],
  [driverError('XX000', 'tuple concurrently updated'), 'conflict', true],
  [driverError('28P01'), 'permission', false],
  [driverError('42501'), 'permission', false],
  [driverError('3D000'), 'misconfigured', false],
  [driverError('25006'), 'misconfigured', false],
  [driverError('SELF_SIGNED_CERT_IN_CHAIN'), 'misconfigured', false],
  [driverError('2BP01'), 'still_present', false],
  [driverError('XX001'), 'unexpected', false],
  ['a string', 'unexpected', false],
  [null, 'unexpected', false],
])('%s is %s', (error, code, retryable) => {
  expect(toConnectorError(error, 'orders-db')).toMatchObject({
    code,
    retryable,
    message: expect.stringMatching(/^orders-db: ./),
  })
})

it('the statement that failed is not carried along', () => {
  const error = Object.assign(driverError('42501'), {
    query: 'alter role x password secret',
    parameters: ['secret'],
  })
  const made = toConnectorError(error, 'orders-db')
  expect(made.cause).toEqual(new Error('42501: said the driver'))
  expect(JSON.stringify([made, made.cause])).not.toContain('secret')
})
