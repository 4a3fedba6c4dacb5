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
    notCovered: found.flatMap((one) => ('because' in one ? [one] : one.notCovered)),
  }
}

async function readOne(ports: StandingPorts, resource: Resource): Promise<StandingFound | NotCovered> {
  try {
    return await standingAt(ports, resource)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { resourceId: resource.id, because: error.message }
  }
}

const cannotList = 'This kind of system does not tell Daypass who has access that Daypass did not give.'

/** The standing access of one resource. Throws `ConnectorError`, also where the target cannot tell. */
export async function standingAt(ports: StandingPorts, resource: Resource): Promise<StandingFound> {
  const connector: Connector = ports.connectors.of(resource.id)
  const listed = await connector.listMembers?.()
  if (!listed) throw new ConnectorError('misconfigured', cannotList, { retryable: false })
  const { members, notListed } = listed
  const logins = [...new Set(members.map(({ login }) => login))]
  const given = await ports.store.campaigns.givenAt(resource.id)
  const standing = members.filter(
    ({ login, entitlementId }) => !given.has(`${entitlementId} ${login.toLowerCase()}`),
  )
  const people = await peopleOf(ports, resource, logins)
  const items = standing.map(({ login, entitlementId, detail }): NewItem => {
    const person = people.get(login.toLowerCase())
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
  return { items, notCovered: notListed.length === 0 ? [] : [partly(resource, notListed)] }
}

function partly({ id: resourceId, entitlements }: Resource, notListed: readonly string[]): NotCovered {
  const names = notListed.slice(0, 20).map((id) => entitlements.get(id)?.name ?? id)
  return { resourceId, because: `The system does not tell all who have: ${names.join(', ')}.` }
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
    people.set(login.toLowerCase(), { accountId, who })
  }
  return people
}
