import type { NewItem, NotCovered, ReviewScope } from '../../../domain/campaign.ts'
import { loginSystemsOf, type Resource } from '../../../domain/catalog.ts'
import type { Connector } from '../../../domain/connector.ts'
import { ConnectorError } from '../../../domain/connector.ts'
import type { Ports } from '../../../domain/ports.ts'
import { freshEnoughToShow } from '../../_shared/person.ts'

type StandingPorts = Pick<Ports, 'store' | 'catalog' | 'connectors' | 'directory'>

export interface StandingFound {
  readonly items: readonly NewItem[]
  readonly notCovered: readonly NotCovered[]
}

/** The access at the targets of this scope that Daypass did not give, and the resources that cannot tell. */
export async function readStanding(
  ports: StandingPorts,
  { resourceIds }: Pick<ReviewScope, 'resourceIds'>,
): Promise<StandingFound> {
  const resources = [...ports.catalog.resources.values()].filter(
    ({ id }) => resourceIds === null || resourceIds.includes(id),
  )
  const found = await Promise.all(resources.map((resource) => readOne(ports, resource)))
  return {
    items: found.flatMap((one) => ('items' in one ? one.items : [])),
    notCovered: found.flatMap((one) => ('because' in one ? [one] : [])),
  }
}

async function readOne(
  ports: StandingPorts,
  resource: Resource,
): Promise<{ readonly items: readonly NewItem[] } | NotCovered> {
  try {
    return { items: await standingAt(ports, resource) }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { resourceId: resource.id, because: error.message }
  }
}

const cannotList = 'This kind of system does not tell Daypass who has access that Daypass did not give.'

/** The standing access of one resource. Throws `ConnectorError`, also where the target cannot tell. */
export async function standingAt(ports: StandingPorts, resource: Resource): Promise<NewItem[]> {
  const connector: Connector = ports.connectors.of(resource.id)
  const listed = await connector.listMembers?.()
  if (!listed) throw new ConnectorError('misconfigured', cannotList, { retryable: false })
  const logins = [...new Set(listed.map(({ login }) => login))]
  const leases = await ports.store.leasesOfLogins(resource.id, logins)
  const given = new Set(leases.map(({ login, entitlementId }) => `${login} ${entitlementId}`))
  const standing = listed.filter(({ login, entitlementId }) => !given.has(`${login} ${entitlementId}`))
  const people = await peopleOf(ports, resource, logins)
  return standing.map(({ login, entitlementId, detail }) => {
    const person = people.get(login)
    const entitlement = resource.entitlements.get(entitlementId)
    return {
      kind: 'standing',
      accountId: person?.accountId ?? null,
      who: person?.who ?? login,
      resourceId: resource.id,
      entitlementId,
      what: `${entitlement?.name ?? entitlementId}: ${detail}`,
      since: null,
      requestId: null,
      grantId: null,
      preApprovalId: null,
      engagementId: null,
      standingKey: `${entitlementId} ${login}`,
    }
  })
}

/** Whose logins they are: by the confirmed ones, or by Slack where a login is an account of Slack. */
async function peopleOf(
  { store, directory }: StandingPorts,
  resource: Resource,
  logins: readonly string[],
): Promise<ReadonlyMap<string, { readonly accountId: string; readonly who: string }>> {
  const isSlack = [...resource.entitlements.values()].some(
    ({ content, action }) => !action && resource.connector.loginFor?.(content)?.from === 'slack_account',
  )
  if (!isSlack) return store.campaigns.peopleOfLogins(loginSystemsOf(resource), logins)
  const people = new Map<string, { accountId: string; who: string }>()
  for (const login of logins) {
    const slack = await directory.account(login, freshEnoughToShow)
    if (!slack) continue
    const { id: accountId, displayName: who } = await store.transaction((tx) => tx.accounts.upsert(slack))
    people.set(login, { accountId, who })
  }
  return people
}
