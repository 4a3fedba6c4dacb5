import type { Holding } from '../../../domain/connector.ts'
import { grantIdOfToken } from '../../_shared/lease-name.ts'
import { type Account, pathOf } from './account.ts'

/** The roles of leases of this resource, by their path and name. */
export async function* listRoles({ target }: Account): AsyncIterable<Holding> {
  const PathPrefix = pathOf(target)
  const names = await target.operation(async (aws) => {
    const iam = await aws.iam()
    const found: string[] = []
    let Marker: string | undefined
    do {
      const page = await iam.listRoles({ PathPrefix, ...(Marker && { Marker }) })
      for (const { RoleName, Path } of page.Roles ?? [])
        if (RoleName && Path === PathPrefix) found.push(RoleName)
      Marker = page.IsTruncated ? page.Marker : undefined
    } while (Marker)
    return found
  })
  for (const name of names) {
    const token = /^daypass-(.+)$/.exec(name)?.[1]
    const grantId = token === undefined ? null : grantIdOfToken(token)
    if (grantId !== null) yield { grantId, detail: `role ${name}` }
  }
}
