import { describe, expect, it } from 'vitest'
import { messageProblems } from '../../sandbox/validity/blocks.ts'
import type { Reference } from '../../src/domain/request.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import { digestMessage } from '../../src/slack/messages/digest.ts'
import { historiesOf, hostileTexts, longestTexts, usualTexts } from './_histories.ts'

const endings = (count: number, texts = usualTexts, state = 'ended'): RequestHistory[] => {
  const history = historiesOf(texts)[state]
  if (!history) throw new Error(`no history is ${state}`)
  return Array.from({ length: count }, (_, index) => ({
    ...history,
    request: { ...history.request, reference: `AR-${1001 + index}` as Reference },
    requester: { ...history.requester, userId: `U0HOLDER${index}` },
  }))
}
const sectionsOf = (some: readonly RequestHistory[]) =>
  digestMessage({ endings: some }).blocks.flatMap((block) =>
    block.type === 'section' ? [block.text?.text ?? ''] : [],
  )

describe('the digest of endings', () => {
  it('names each request and its holder beneath the entitlement', () => {
    const other = endings(1).map((history) => ({
      ...history,
      request: { ...history.request, terms: { ...history.request.terms, entitlementName: 'Aid' } },
    }))
    const [text, ...more] = sectionsOf([...endings(2), ...other])
    expect(more).toEqual([])
    expect(text).toBe(
      '*Aid* on *Read orders* (Read orders): AR-1001 <@U0HOLDER0>\n' +
        '*Read orders* on *Read orders* (Read orders): AR-1001 <@U0HOLDER0>, AR-1002 <@U0HOLDER1>',
    )
    expect(digestMessage({ endings: endings(12) }).text).toBe('⚫ 12 leases ended, access is gone')
  })

  it('says of leases that were taken back early that they were', () => {
    expect(sectionsOf(endings(1, usualTexts, 'revoked'))[0]).toMatch(/AR-1001 <@U0HOLDER0> \(Revoked by/)
  })

  it('does not say that access is gone where nobody proved it', () => {
    const [proven, attested] = endings(2)
    const removed = {
      readAt: new Date(0),
      summary: 'A person said so.',
      facts: {},
      proof: 'attested',
    } as const
    if (!proven || !attested?.grant || !('removed' in attested.grant)) throw new Error('no ending')
    const told = { ...attested, grant: { ...attested.grant, removed } }
    const message = digestMessage({ endings: [proven, told] })
    expect(message.text).toBe('⚫ 2 leases ended')
    expect(JSON.stringify(message)).toContain('(Ended, removal is attested, not proven): AR-1002')
    expect(JSON.stringify(message)).not.toContain('Each was checked')
  })

  it.each([
    ['usual', usualTexts],
    ['hostile', hostileTexts],
    ['longest', longestTexts],
  ])('a thousand endings with %s texts fit, and the number of those left out is told', (_, texts) => {
    const message = digestMessage({ endings: endings(1_000, texts) })
    expect(messageProblems(JSON.parse(JSON.stringify(message.blocks)))).toEqual([])
    expect(JSON.stringify(message.blocks).length).toBeLessThan(12_000)
    const sections = sectionsOf(endings(1_000, texts))
    const named = sections.join().match(/AR-\d+/g)?.length ?? 0
    expect(named).toBeGreaterThan(200)
    expect(sections.at(-1)).toBe(`… and ${1_000 - named} more.`)
    expect(JSON.stringify(message.blocks)).not.toMatch(/https?:|<!channel/)
  })
})
