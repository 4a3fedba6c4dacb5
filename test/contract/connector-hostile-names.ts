import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { ConnectorWorld, ContractSkips } from './connector-world.ts'

const hostile: readonly string[] = [
  `Robert'); drop table students;--`,
  'a"b`c\\d',
  'new\nline\r\n* * * evil',
  'x'.repeat(64),
  'é'.repeat(64),
  '\u202eevil\u202c שלום',
  '<!channel> <@U0DANA>',
  ['%s%n$', '{HOME}$(id)`id`'].join(''),
  '../../etc/passwd',
  '-rf *',
  ',dc=x)(cn=*',
]

/** People choose their names, and nobody chose them for a target's syntax. */
export function hostileNameRules(world: () => ConnectorWorld, skips: ContractSkips): void {
  const throughItsLife = async (names: { name: string; grantId: string }) => {
    const { connector, freshAccess, holds } = world()
    const { name, grantId } = names
    const fresh = freshAccess()
    const holder = { ...fresh.holder, displayName: name, userId: name }
    const access = { ...fresh, grantId, reference: name, holder }
    await connector.grant(access)
    expect(await holds(access), name).toBe(true)
    await connector.revoke(access)
    expect(await holds(access), name).toBe(false)
  }

  it('hostile names of people are names, and nothing else', async () => {
    const before = await world().rawState()
    for (const name of hostile) await throughItsLife({ name, grantId: randomUUID() })
    expect(await world().rawState()).toEqual(before)
  }, 60_000)

  it.skipIf(skips.oddIds !== undefined)(
    `hostile ids are ids, and nothing else${skips.oddIds === undefined ? '' : `: ${skips.oddIds}`}`,
    async () => {
      const before = await world().rawState()
      for (const name of hostile) await throughItsLife({ name, grantId: name })
      expect(await world().rawState()).toEqual(before)
    },
    60_000,
  )
}
