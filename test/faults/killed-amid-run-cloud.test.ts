import { cloudKinds } from './_killed-elsewhere.ts'
import { type Kill, survivesKills } from './_killed-runs.ts'

const kills = cloudKinds.flatMap((elsewhere): Kill[] => {
  // A workflow and a command go on by themselves, and bear the id of the run. Nobody can ask what became of a call.
  const after = elsewhere === 'aws function' ? 'outcome_unknown' : 'done'
  return [
    {
      at: `${elsewhere}: ready`,
      step: 'ready, before the commit of the intent',
      leaves: [1, 'done'],
      elsewhere,
    },
    {
      at: `${elsewhere}: the intent committed`,
      step: 'the intent committed',
      leaves: [0, 'outcome_unknown'],
      elsewhere,
      // A call may still be on its way.
      ...(elsewhere !== 'aws function' && { isAskedAgain: true }),
    },
    {
      at: `${elsewhere}: under way`,
      step: 'the statement under way',
      leaves: [1, after],
      elsewhere,
    },
    {
      at: `${elsewhere}: taken by the target`,
      step: 'committed at the target',
      leaves: [1, after],
      elsewhere,
    },
  ]
})

if (kills.length > 0) survivesKills(kills)
