import { useEffect, useRef, useState } from 'preact/hooks'
import { me, place } from '../state/place.ts'
import { messages, userName } from '../state/store.ts'

/** Announces new messages of the open channel to screen readers. */
export function Announcer() {
  const [words, setWords] = useState('')
  const where = place.value.kind === 'channel' ? place.value.id : ''
  const last = messages.value.get(where)?.at(-1)
  const known = useRef('')
  const here = `${me.value} ${where}`
  useEffect(() => {
    const [before = '', ts = ''] = known.current.split('|')
    if (last && before === here && last.ts > ts && last.user !== me.value) {
      setWords(`${userName(last.user)}: ${last.text.slice(0, 200)}`)
    }
    known.current = `${here}|${last?.ts ?? ''}`
  }, [here, last?.ts])
  return (
    <div class="unseen" role="status" aria-live="polite">
      {words}
    </div>
  )
}
