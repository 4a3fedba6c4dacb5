import { z } from 'zod'
import { isNotFound, statusOf } from '../http.ts'
import type { Api } from '../target.ts'
import { type Attempt, attempt, writeNote } from './ledger.ts'

export interface Pod {
  readonly namespace: string
  readonly name: string
}

function podPath({ namespace, name }: Pod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`
}

const podSchema = z.object({
  metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().nullish() }),
})

/** The id of the pod, which a later one of the same name does not have. Null: there is none, or it is being deleted. */
export async function readPod(api: Api, pod: Pod): Promise<string | null> {
  const found = await api.read(podSchema, podPath(pod))
  return found && !found.metadata.deletionTimestamp ? found.metadata.uid : null
}

/** Deletes this pod and no other one of its name. `gone`: it is not there any more, whoever deleted it. */
export function deletePod(api: Api, pod: Pod, uid: string, runId: string): Promise<Attempt> {
  const path = podPath(pod)
  return attempt(api, path, runId, async ({ metadata }) => {
    if (metadata.uid !== uid) return 'gone'
    const { resourceVersion } = metadata
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
    const answer = await api.ask({ method: 'DELETE', path, body })
    if (answer.status === 200 || answer.status === 202) return 'done'
    if (isNotFound(answer)) return 'gone'
    if (answer.status === 409 && statusOf(answer)?.reason === 'Conflict') return 'moved'
    throw api.refused(`to the deletion of ${path}`, answer)
  })
}

/** Sees to it that a deletion that is still on its way finds another version of the pod. */
export function keepPod(api: Api, pod: Pod, uid: string, runId: string): Promise<Attempt> {
  const path = podPath(pod)
  return attempt(api, path, runId, async (object) => {
    if (object.metadata.uid !== uid || (await readPod(api, pod)) !== uid) return 'gone'
    return writeNote(api, path, { runId, note: 'undone' }, object)
  })
}
