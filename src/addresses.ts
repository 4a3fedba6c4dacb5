import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Says why an address must not be dialled; null where it may. */
export type AddressRule = (address: string) => string | null

/**
 * Addresses that are no public host of IPv4: https://www.iana.org/assignments/iana-ipv4-special-registry, and the address under
 * which Azure serves metadata. Other clouds serve them under 169.254.169.254, 100.100.100.200 or 192.0.0.192, which are here too.
 */
const specialRanges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/** Public hosts of IPv6 are in here: https://www.iana.org/assignments/ipv6-address-space */
const globalRanges = ['2000::/3']

/** But not in these: Teredo and other protocols, documentation, and 6to4, which leads to any address of IPv4. */
const specialGlobalRanges = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const special = blockListOf([...specialRanges, ...specialGlobalRanges])
const global = blockListOf(globalRanges)

/** Permits public addresses, and those that the catalog names. */
export function addressRule(allowed: readonly string[]): AddressRule {
  const named = blockListOf(allowed)
  return (text) => {
    const address = text.replace(/%.*$/, '')
    const family = familyOf(address)
    if (family === null) return `${text} is no IP address`
    if (named.check(address, family)) return null
    const isPublic = !special.check(address, family) && (family === 'ipv4' || global.check(address, family))
    return isPublic ? null : `${address} is a private, loopback, link-local or other special address`
  }
}

/** Resolves a name into all its addresses. */
export type Resolve = typeof lookup

/**
 * Resolves names for the connection itself, so that the address that was examined is the one that is dialled. A name may lead
 * elsewhere each time that it is resolved. `refused` makes the error for a name that leads to no permitted address.
 */
export function lookupOnly(
  isRefused: AddressRule,
  refused: (problem: string) => Error,
  resolve: Resolve = lookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const permitted = addresses.filter(({ address }) => isRefused(address) === null)
      const [first] = permitted
      const problem = addresses.map(({ address }) => isRefused(address)).find((one) => one !== null)
      if (!first) return callback(refused(`${hostname} leads to no public host: ${problem}`), [])
      if (options.all) callback(null, permitted)
      else callback(null, first.address, first.family)
    })
  }
}

/** Why this is no address and no range of addresses; null if it is one. */
export function rangeProblem(text: string): string | null {
  const form = 'expected an IP address, or a range as in 10.20.0.0/16'
  const [address = '', bits, ...rest] = text.split('/')
  const family = familyOf(address)
  if (family === null || address.includes('%') || rest.length > 0) return form
  const most = family === 'ipv4' ? 32 : 128
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most) ? null : form
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = familyOf(address)
    if (family) list.addSubnet(address, bits === undefined ? bitsOf(family) : Number(bits), family)
  }
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const family = isIP(address)
  return family === 0 ? null : family === 4 ? 'ipv4' : 'ipv6'
}

function bitsOf(family: 'ipv4' | 'ipv6'): number {
  return family === 'ipv4' ? 32 : 128
}
