import { expect, it } from 'vitest'
import { addressRule, rangeProblem } from './addresses.ts'

const refused = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.9.9.9'],
  ...['168.63.129.16', '169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.192'],
  ...['192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
  ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:10.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::a00:1'],
  ...['64:ff9b:1::1', '100::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1'],
  ...['2001::1', '2001:db8::1', '2002:a00:1::', '3fff::1', '5f00::1', 'no address', ''],
]

it.each(refused)('%s is refused', (address) => {
  expect(addressRule([])(address)).toMatch(/address/)
})

it.each(['1.1.1.1', '172.15.0.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1'])(
  '%s is a public host',
  (address) => {
    expect(addressRule([])(address)).toBeNull()
  },
)

it('the catalog permits what it names, and nothing beside it', () => {
  const rule = addressRule(['10.20.0.0/16', '127.0.0.1', 'fd12:3456::/32'])
  const permitted = ['10.20.255.1', '::ffff:10.20.0.1', '127.0.0.1', 'fd12:3456::7', '1.1.1.1']
  const others = ['10.21.0.1', '127.0.0.2', 'fd12:3457::7', '169.254.169.254', '::1']
  expect(permitted.filter((address) => rule(address) !== null)).toEqual([])
  expect(others.filter((address) => rule(address) === null)).toEqual([])
})

it.each([
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  'internal',
  '10.0.0',
  '::/129',
  'fe80::1%eth0',
  '',
  '/8',
])('%j is no range', (text) => {
  expect(rangeProblem(text)).toMatch(/expected/)
})

it.each(['10.0.0.0/8', '127.0.0.1', '0.0.0.0/0', 'fd00::/8', '::1'])('%j is a range', (text) => {
  expect(rangeProblem(text)).toBeNull()
})
