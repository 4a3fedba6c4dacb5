import type { ContractSkips } from './connector-world.ts'

export const membershipSkips: ContractSkips = {
  grantAll: 'members are added one by one',
  revokeAll: 'leases of logins that several leases share are revoked one by one',
  sessions: 'nobody can end a connection to a directory that is bound already',
  credentials: 'people use the login that they have',
  list: 'a group does not say who added a member',
  resistance: 'there are no credentials to resist with',
}

export const accountSkips: ContractSkips = {
  grantAll: 'entries are made one by one',
  revokeAll: 'entries are deleted one by one',
  sessions: 'nobody can end a connection to a directory that is bound already',
  logins: 'each lease has an entry of its own',
}
