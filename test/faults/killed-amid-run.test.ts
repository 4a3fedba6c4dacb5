import { type Kill, survivesKills } from './_killed-runs.ts'

const honest = { behaviour: 'honest', reads: true } as const
const kills: readonly Kill[] = [
  { at: 'postgres: ready', step: 'ready, before the commit of the intent', leaves: [1, 'done'] },
  { at: 'postgres: the intent committed', step: 'the intent committed', leaves: [0, 'failed'] },
  { at: 'postgres: the statement under way', step: 'the statement under way', leaves: [0, 'failed'] },
  // Postgres had what it needed, and went on.
  { at: 'postgres: the commit under way', step: 'the commit under way', leaves: [1, 'done'] },
  { at: 'postgres: committed at the target', step: 'committed at the target', leaves: [1, 'done'] },
  { at: 'postgres: the outcome recorded', step: 'the outcome recorded', leaves: [1, 'done'] },
  {
    at: 'webhook: ready',
    step: 'ready, before the commit of the intent',
    leaves: [1, 'done'],
    webhook: honest,
  },
  // It was not sent. The receiver says so, and refuses it from then on.
  {
    at: 'webhook: the intent committed',
    step: 'the intent committed',
    leaves: [0, 'failed'],
    webhook: honest,
  },
  {
    at: 'webhook: the call under way',
    step: 'the statement under way',
    leaves: [1, 'done'],
    webhook: { behaviour: 'does it, never answers', reads: true },
  },
  {
    at: 'webhook: the call under way, and the receiver cannot be asked',
    step: 'the statement under way',
    leaves: [1, 'outcome_unknown'],
    webhook: { behaviour: 'does it, never answers', reads: false },
  },
  { at: 'webhook: answered', step: 'committed at the target', leaves: [1, 'done'], webhook: honest },
  {
    at: 'webhook: the outcome recorded',
    step: 'the outcome recorded',
    leaves: [1, 'done'],
    webhook: honest,
  },
]

survivesKills(kills)
