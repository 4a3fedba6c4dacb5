import { type ApprovalPlan, ownersPlan } from '../src/domain/approval-plan.ts'
import type { Entitlement } from '../src/domain/catalog.ts'
import type { World } from './_world.ts'

/** A stage of a plan. A need is a number of people and the names that they may have. */
export function stage(name: string, ...needs: readonly (readonly [count: number, ...from: string[]])[]) {
  return { name, needs: needs.map(([count, ...from]) => ({ count, from })) }
}

export function plan(...stages: ApprovalPlan['stages']): ApprovalPlan {
  return { ...ownersPlan(1), stages }
}

/** The catalog offers `read-orders` with these changes from now on. */
export function offer({ ports }: World, changes: Partial<Entitlement>): void {
  const { catalog } = ports
  const resource = catalog.resources.get('orders-db')
  const entitlement = resource?.entitlements.get('read-orders')
  if (!resource || !entitlement) throw new Error('no such entitlement')
  const entitlements = new Map([...resource.entitlements, ['read-orders', { ...entitlement, ...changes }]])
  const resources = new Map([['orders-db', { ...resource, entitlements }]])
  Object.assign(ports, { catalog: { ...catalog, resources } })
}

/** Another person sponsors Carl from now on. */
export async function sponsored({ ports: { store, directory }, database }: World, by: string): Promise<void> {
  const account = await directory.account(by, { maxAgeSeconds: 0 })
  if (!account) throw new Error(`no ${by}`)
  const sponsor = await store.transaction((tx) => tx.accounts.upsert(account))
  await database.sql`
    update engagements set sponsor_person_id = ${sponsor.personId}
    where person_id = (select person_id from accounts where user_id = 'U0CARL')`
}
