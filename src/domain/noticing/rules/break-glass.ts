import { defineRule } from '../rule.ts'
import { hour } from '../setting.ts'

export const breakGlass = defineRule({
  kind: 'break-glass',
  title: 'Access was taken in an emergency',
  about:
    'Somebody took access in an emergency. Security gets a message about it in any case; this one has to be answered',
  isOn: false,
  atMost: { times: 1, perSeconds: hour },
  settings: {},
  on: ['break_glass.taken'],
  async notice({ accountId, requestId, resourceId, entitlementId, at }) {
    if (accountId === null || requestId === null) return null
    return {
      occurrence: requestId,
      subject: `${accountId} ${resourceId}/${entitlementId}`,
      about: [accountId],
      headline: 'Access was taken in an emergency',
      evidence: [{ label: 'Taken', kind: 'instant', value: at.toISOString() }],
    }
  },
})
