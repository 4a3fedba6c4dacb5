import type { Account } from '../../domain/account.ts'
import type { AccountRow } from '../schema/accounts.ts'
import { oneOf } from './impossible-row.ts'

export function toAccount({ checkedAt: _, ...row }: AccountRow): Account {
  return { ...row, kind: oneOf(['employee', 'contractor'], row.kind, 'accounts', row.id, 'kind') }
}
