import { troubles } from '../state/acting.ts'
import { useStanding } from './standing.ts'

/** What Slack shows beneath a block whose action the app did not take. */
export function Trouble({ blockId }: { blockId: string }) {
  const { holder } = useStanding()
  const where = holder.kind === 'message' ? `${holder.channel} ${holder.ts}` : holder.viewId
  const found = Object.entries(troubles.value).filter(([key]) => key.startsWith(`${where} ${blockId} `))
  return (
    <>
      {found.map(([key, words]) => (
        <p key={key} class="trouble" role="alert">
          {words}
        </p>
      ))}
    </>
  )
}
