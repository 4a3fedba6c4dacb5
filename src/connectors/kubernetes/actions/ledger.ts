import { z } from 'zod'
import { ConnectorError } from '../../../domain/connector.ts'
import { isNotFound, statusOf } from '../http.ts'
import type { Api } from '../target.ts'

/**
 * Notes of runs on the object that they change, as annotations: `run.daypass.dev/<run>` is "done" or "undone" with its instant. A note
 * and its change are one call with the version of the object that was read. So whoever writes first decides, and the other call is
 * refused: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
const prefix = 'run.daypass.dev/'

const objectSchema = z.object({
  metadata: z.object({
    uid: z.string(),
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
})
export type Noted = z.output<typeof objectSchema>

export type Note = 'done' | 'undone'

/** What an attempt to change an object came to. `gone`: there is none of this name. */
export type Attempt = Note | 'gone'

/** So long after a run its outcome may still be asked for, and longer. */
const keptMs = 2 * 24 * 3_600_000
/** Somebody else changes it at the same time, again and again. */
const mostAttempts = 20

/** Calls `change` with the object as it is, unless a note of this run stands there already. It says whether the version still held. */
export async function attempt(
  api: Api,
  path: string,
  runId: string,
  change: (object: Noted) => Promise<Attempt | 'moved'>,
): Promise<Attempt> {
  for (let count = 0; count < mostAttempts; count += 1) {
    const object = await api.read(objectSchema, path)
    if (!object) return 'gone'
    const note = object.metadata.annotations?.[`${prefix}${runId}`]
    if (note !== undefined) return note.startsWith('undone') ? 'undone' : 'done'
    const answer = await change(object)
    if (answer !== 'moved') return answer
  }
  throw new ConnectorError('conflict', `The object ${path} changes all the time.`, { retryable: true })
}

/** Writes a note, with a change of the object. `patch` holds no annotations of the object itself. */
export async function writeNote(
  api: Api,
  path: string,
  { runId, note, patch = {} }: { readonly runId: string; readonly note: Note; readonly patch?: object },
  { metadata }: Noted,
): Promise<Attempt | 'moved'> {
  const { resourceVersion, annotations } = metadata
  const limit = new Date(api.now().getTime() - keptMs).toISOString()
  const old = Object.entries(annotations ?? {}).flatMap(([key, value]) =>
    key.startsWith(prefix) && (value.split(' ')[1] ?? '') < limit ? [[key, null] as const] : [],
  )
  const notes = { ...Object.fromEntries(old), [`${prefix}${runId}`]: `${note} ${api.now().toISOString()}` }
  const body = { ...patch, metadata: { resourceVersion, annotations: notes } }
  const answer = await api.ask({ method: 'PATCH', path, body })
  if (answer.status === 200) return note
  if (answer.status === 409 && statusOf(answer)?.reason === 'Conflict') return 'moved'
  if (isNotFound(answer)) return 'gone'
  throw api.refused(`to a change of ${path}`, answer)
}
