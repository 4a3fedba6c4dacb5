import { fieldErrors } from '../state/acting.ts'
import { useBlockContext } from './block-context.ts'

/** The error below a block whose action failed. */
export function FieldError({ blockId }: { blockId: string }) {
  const { holder } = useBlockContext()
  const where = holder.kind === 'message' ? `${holder.channel} ${holder.ts}` : holder.viewId
  const found = Object.entries(fieldErrors.value).filter(([key]) => key.startsWith(`${where} ${blockId} `))
  return (
    <>
      {found.map(([key, words]) => (
        <p key={key} class="field-error" role="alert">
          {words}
        </p>
      ))}
    </>
  )
}
