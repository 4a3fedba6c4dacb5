/** Ids that the catalog, the payloads and the stub of Slack share. */
export const slack = {
  teamId: 'T0BENCH',
  appId: 'A0BENCH',
  botId: 'B0BENCH',
  botUserId: 'U0BOT',
  ownersChannel: 'C0ORDERS',
  securityChannel: 'C0SECURITY',
  lead: 'U0LEAD',
  signingSecret: 'bench-signing-secret',
  botToken: 'xoxb-bench',
} as const

/** The people who request access. */
export const requesters = ids('U0ASK', 300)
/** The people who approve. */
export const approvers = ids('U0OWN', 20)

function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`)
}

/** The item at `index`; after the last item the first one follows again. */
export function inTurn<T>(all: readonly T[], index: number): T {
  const one = all[index % all.length]
  if (one === undefined) throw new Error('There is nobody to take a turn')
  return one
}
