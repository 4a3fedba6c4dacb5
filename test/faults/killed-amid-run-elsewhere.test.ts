import { elsewhereKinds } from './_killed-elsewhere.ts'
import { type Kill, survivesKills } from './_killed-runs.ts'

const kills = elsewhereKinds.flatMap((elsewhere): Kill[] => [
  {
    at: `${elsewhere}: ready`,
    step: 'ready, before the commit of the intent',
    leaves: [1, 'done'],
    elsewhere,
  },
  {
    at: `${elsewhere}: the intent committed`,
    step: 'the intent committed',
    leaves: [0, 'failed'],
    elsewhere,
  },
  {
    at: `${elsewhere}: under way`,
    step: 'the statement under way',
    // A Job and a command go on by themselves. A statement ends with its connection.
    leaves: elsewhere === 'mysql' ? [0, 'failed'] : [1, 'done'],
    elsewhere,
  },
  {
    at: `${elsewhere}: done at the target`,
    step: 'committed at the target',
    leaves: [1, 'done'],
    elsewhere,
  },
])

if (kills.length > 0) survivesKills(kills)
