import type { AuditAction, AuditEvent } from '../../domain/audit-event.ts'
import type { Freeze, NamedScope, Scope } from '../../domain/freeze.ts'
import { likelyMeant } from '../../domain/likely-meant.ts'
import { everyResource, type PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from './audit-events.ts'
import { findAccount } from './find-account.ts'
import { frozenDetails, personFrozen } from './frozen.ts'
import {
  type AccountKey,
  deciders,
  freshAtClick,
  type Identified,
  identify,
  resourceFacts,
} from './person.ts'
import { recordRefusal } from './record-refusal.ts'

export type JudgedScope =
  | {
      readonly kind: 'may'
      readonly person: Identified
      readonly policy: PolicyResult
      readonly scope: Scope
    }
  | NotThisScope

/** `unknown`: nobody and nothing has that name. `message` is plain text. `frozen`: the person who asks is, and the account may be in wrong hands. */
export type NotThisScope =
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | { readonly kind: 'unknown'; readonly message: string }

type ScopePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Whether this person may take back all access of this scope, or freeze it: the policy action `revoke`, asked for the resource, or
 * for all resources where the scope is a person or all. Records a refusal. Throws `DirectoryUnavailable`.
 */
export async function judgeScope(
  ports: ScopePorts,
  by: AccountKey,
  named: NamedScope,
  refusal: Extract<AuditAction, 'panic.refused' | 'freeze.refused'>,
): Promise<JudgedScope> {
  const { catalog, policy, clock, store } = ports
  const listed = named.kind === 'resource' ? (catalog.resources.get(named.resourceId) ?? null) : null
  const person = await identify(ports, by, deciders(catalog, listed), freshAtClick)
  const resource = listed ? resourceFacts(listed) : everyResource
  const result = policy.judge({ action: 'revoke', principal: person.facts, resource, now: clock.now() })
  const refuse = (details: AuditEvent['details']) => {
    const resourceId = listed?.id ?? null
    return recordRefusal(ports, person.account, (actor, at) => ({
      ...ofNoRequest(resourceId === null ? null : { kind: 'resource', id: resourceId }),
      ...{ at, actor, action: refusal, resourceId, policy: result },
      details: { scope: named.kind, ...details },
    }))
  }
  if (!result.allowed) {
    await refuse({})
    return { kind: 'refused', policy: result }
  }
  const freeze = await store.transaction(async (tx) =>
    personFrozen(tx, await tx.accounts.upsert(person.account), clock.now()),
  )
  if (freeze) {
    await refuse(frozenDetails(freeze))
    return { kind: 'frozen', freeze }
  }
  const may = { kind: 'may', person, policy: result } as const
  switch (named.kind) {
    case 'all':
      return { ...may, scope: { kind: 'all' } }
    case 'resource': {
      const scope: Scope = { kind: 'resource', resourceId: named.resourceId }
      if (listed) return { ...may, scope }
      // A resource that left the catalog may still have access.
      const { leases } = await store.transaction((tx) => tx.panics.count(scope))
      return leases > 0
        ? { ...may, scope }
        : { kind: 'unknown', message: noResource(ports, named.resourceId) }
    }
    case 'person': {
      const account = await findAccount(ports, { teamId: by.teamId, userId: named.userId })
      if (!account) return { kind: 'unknown', message: `Slack knows nobody with the id ${named.userId}.` }
      return { ...may, scope: { kind: 'person', account } }
    }
  }
}

function noResource({ catalog }: Pick<Ports, 'catalog'>, typed: string): string {
  const [nearest] = likelyMeant(typed, catalog.resources.keys())
  const meant = nearest === undefined ? '' : ` Did you mean “${nearest}”?`
  return `There is no resource “${typed.slice(0, 64)}”.${meant}`
}
