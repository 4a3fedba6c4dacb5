import { expect, it } from 'vitest'
import {
  entitlementComment,
  entitlementRole,
  grantIdFromRole,
  leaseComment,
  leaseRole,
  leaseRolePattern,
  parseEntitlementComment,
  parseLeaseComment,
} from './names.ts'

const uuid = '0190b2c4-7f3a-7c11-9d52-0a1b2c3d4e5f'

it('a grant that is a UUID can be read back out of its role', () => {
  expect(leaseRole(uuid)).toBe('daypass_0190b2c47f3a7c119d520a1b2c3d4e5f')
  expect(grantIdFromRole(leaseRole(uuid))).toBe(uuid)
})

it.each([uuid, 'g1', '', `"; drop role x`, 'x'.repeat(500)])(
  'the role of grant %j is a lease role of at most 63 bytes',
  (id) => {
    expect(leaseRole(id)).toMatch(new RegExp(leaseRolePattern))
    expect(Buffer.byteLength(leaseRole(id))).toBeLessThanOrEqual(63)
  },
)

it('entitlement roles are distinct where their readable parts are not, and never lease roles', () => {
  const places = [
    { resourceId: 'a-b', database: 'd', entitlementId: 'c' },
    { resourceId: 'a', database: 'd', entitlementId: 'b-c' },
    { resourceId: 'a', database: 'e', entitlementId: 'b-c' },
    { resourceId: 'r'.repeat(200), database: 'd', entitlementId: 'one' },
    { resourceId: 'r'.repeat(200), database: 'd', entitlementId: 'two' },
    { resourceId: 'зак"азы', database: 'd', entitlementId: `'; drop` },
  ]
  const roles = places.map((place) => entitlementRole({ ...place, content: { roles: ['a'] } }))
  expect(new Set(roles).size).toBe(places.length)
  for (const role of roles) {
    expect(role).toMatch(/^daypass_e_[a-z0-9_]{1,53}$/)
    expect(role).not.toMatch(new RegExp(leaseRolePattern))
  }
})

it('another content of an entitlement has another role, whatever the order of keys', () => {
  const place = { resourceId: 'a', database: 'd', entitlementId: 'c' }
  const role = (content: object) => entitlementRole({ ...place, content })
  expect(role({ roles: ['a'], privileges: [{ on: 'x', allow: ['y'] }] })).toBe(
    role({ privileges: [{ allow: ['y'], on: 'x' }], roles: ['a'] }),
  )
  expect(role({ roles: ['a'] })).not.toBe(role({ roles: ['b'] }))
})

it('the comment of an entitlement role says where it belongs', () => {
  const place = { resourceId: 'orders db', database: 'd"b %', entitlementId: 'read orders' }
  expect(parseEntitlementComment(entitlementComment(place))).toEqual(place)
  expect(parseEntitlementComment('Daypass entitlement=%E0%A4%A resource=x database=y z')).toBeNull()
})

it('what stands in a comment is read back whole, and its free text is tamed', () => {
  const comment = leaseComment({
    grantId: 'g 1/ü',
    reference: 'AR-1042',
    resourceId: 'orders db',
    entitlementId: 'read-orders',
    content: {},
    holder: { displayName: 'Casey\n\u202eLee \0 resource=other', userId: 'U0CASEY' },
    until: new Date(0),
  })
  expect(parseLeaseComment(comment)).toEqual({
    grantId: 'g 1/ü',
    resourceId: 'orders db',
    about: 'AR-1042: read-orders for Casey Lee resource=other (U0CASEY)',
  })
})

it.each(['', 'made by hand', 'Daypass grant=%E0%A4%A resource=x y'])(
  'the comment %j is not ours',
  (comment) => {
    expect(parseLeaseComment(comment)).toBeNull()
  },
)
