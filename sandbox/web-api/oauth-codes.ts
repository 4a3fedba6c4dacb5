import { randomUUID } from 'node:crypto'
import { BoundedMap } from '../bounded-map.ts'

interface Grant {
  appId: string
  redirectUri: string
  scopes: string[]
}

/** Codes given out on the authorize page, each good once. */
export class OauthCodes {
  private readonly grants = new BoundedMap<string, Grant>(1000)

  issue(grant: Grant): string {
    const code = randomUUID()
    this.grants.set(code, grant)
    return code
  }

  take(code: string): Grant | undefined {
    const grant = this.grants.get(code)
    this.grants.delete(code)
    return grant
  }
}
