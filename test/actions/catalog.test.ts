import { describe, expect, it } from 'vitest'
import { CatalogFileError, parseCatalog } from '../../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../../src/connectors/kinds.ts'

const base = (
  action: string,
  kind = 'kind: postgres\n      url: postgres://a:b@localhost:5432/shop',
) => `version: 1
security: { channel: C0SECURITY, leads: [S0SECURITY] }
resources:
  shop-db:
    name: Shop
    owners: { channel: C0SHOP, approvers: [U0DANA] }
    connector:
      ${kind}
    entitlements: {}
    actions:
      refund:
        name: Refund
        risk: low
${action.replace(/^(?=.)/gm, '        ')}
`
const parse = (action: string, kind?: string) =>
  parseCatalog('catalog.yml', base(action, kind), { environment: {}, connectorKinds })
const faults = (action: string, kind?: string): string[] => {
  try {
    parse(action, kind)
    return []
  } catch (error) {
    if (!(error instanceof CatalogFileError)) throw error
    return error.message.split('\n').filter((line) => line.startsWith('catalog.yml'))
  }
}
const sound = `parameters:
  order: { type: number, min: 1, max: 9 }
statement: update public.orders set x = 1 where id = :order
runAs: fixer
writes: { rows: 1 }
`

it('an action is read beside the entitlements, with its defaults', () => {
  expect(parse(sound).resources.get('shop-db')?.entitlements.get('refund')).toMatchObject({
    defaultDurationSeconds: 900,
    maxDurationSeconds: 900,
    breakGlass: null,
    approvers: ['U0DANA'],
    action: {
      parameters: [{ name: 'order', label: 'order', type: 'number', min: 1, max: 9, decimals: 0 }],
      keepOutputSeconds: null,
      redact: { columns: [], patterns: [] },
    },
    content: { runAs: 'fixer', writes: { rows: 1 }, limits: { rows: 1000, bytes: 500_000, seconds: 30 } },
  })
})

describe('what is wrong is named, with its line', () => {
  it.each([
    [
      'a name that is no parameter',
      sound.replace(':order', ':ordr'),
      /17:20: It names `:ordr`, which is no parameter/,
    ],
    [
      'a parameter that is not used',
      sound.replace(':order', '1'),
      /15:9:.*does not name the parameter `:order`/,
    ],
    ['a list', sound.replace(':order', ':order; drop table x'), /It is a list of statements/],
    [
      'another command',
      sound.replace('update public.orders set x = 1 where', 'copy x to program'),
      /begins with `copy` is not run/,
    ],
    ['a range the wrong way', sound.replace('min: 1', 'min: 10'), /`min` is greater than `max`/],
    ['a name that is none', sound.replace('  order:', '  Order-Id:'), /`Order-Id`: Invalid key in record/],
    [
      'a pattern',
      sound.replace('type: number, min: 1, max: 9', 'type: string, pattern: "("'),
      /no usable regular expression/,
    ],
    [
      'an example',
      sound.replace('type: number, min: 1, max: 9', 'type: string, pattern: "a", example: b'),
      /does not have the right form/,
    ],
    ['a key of leases', `${sound}maxDuration: 1h\n`, /Unknown key `maxDuration`/],
    ['no role', sound.replace('runAs: fixer\n', ''), /`runAs` is missing/],
    ['both counts', sound.replace('rows: 1', 'rows: 1, upTo: 2'), /`rows` \(exactly so many\) or `upTo`/i],
    ['too few approvers', `${sound}approvals: 2\n`, /asks for 2 people/],
  ])('%s', (_, action, expected) => {
    expect(faults(action).join('\n')).toMatch(expected)
  })

  it('a kind that has no actions', () => {
    const redis = 'kind: redis\n      url: redis://a:b@localhost:6379'
    expect(faults(sound, redis).join('\n')).toContain('Systems of the kind `redis` have no actions.')
  })

  it('the id of an entitlement of the same resource', () => {
    const entitlement = 'entitlements: { refund: { name: R, risk: low, maxDuration: 1h, roles: [x] } }'
    const text = base(sound).replace('entitlements: {}', entitlement)
    const read = () => parseCatalog('catalog.yml', text, { environment: {}, connectorKinds })
    expect(read).toThrow('There is an entitlement `refund` here too')
  })
})
