import type { Principal } from '../../domain/member.ts'
import type { PrincipalRow } from '../schema/principals.ts'
import { oneOf } from './impossible-row.ts'

export function toPrincipal(row: PrincipalRow): Principal {
  return { ...row, kind: oneOf(['employee', 'contractor'], row.kind, 'principals', row.id, 'kind') }
}
