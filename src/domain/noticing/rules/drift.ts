import { defineRule } from '../rule.ts'
import { day } from '../setting.ts'

export const drift = defineRule({
  kind: 'drift',
  title: 'A target and the grants disagree',
  about:
    'A target holds access that no grant accounts for, or lacks access. Security gets a message about it in any case; this one has to be answered',
  isOn: false,
  atMost: { times: 1, perSeconds: day },
  settings: {},
  on: ['grant.drifted'],
  async notice({ accountId, resourceId, details: { found, outcome, grant }, at }) {
    if (
      resourceId === null ||
      typeof grant !== 'string' ||
      typeof found !== 'string' ||
      typeof outcome !== 'string'
    )
      return null
    const what = found === 'unaccounted' ? 'Access that no grant accounts for' : 'Access is missing'
    return {
      // Each step of the same drift has an event.
      occurrence: `${resourceId} ${grant} ${found} ${at.toISOString()}`,
      subject: `${resourceId} ${grant}`,
      about: accountId === null ? [] : [accountId],
      headline: `${what} at ${resourceId}`,
      evidence: [
        { label: 'Found', kind: 'text', value: found },
        { label: 'Outcome', kind: 'text', value: outcome.replaceAll('_', ' ') },
        { label: 'Seen', kind: 'instant', value: at.toISOString() },
      ],
    }
  },
})
