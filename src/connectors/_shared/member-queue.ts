import { ConnectorError } from '../../domain/connector.ts'

/** One member of a list comes in or goes out. */
export interface MemberChange {
  readonly member: string
  readonly isIn: boolean
}

interface Waiting<Result> extends MemberChange {
  readonly done: (result: Result) => void
  readonly failed: (error: unknown) => void
}

/**
 * Makes the changes of one list one after the other, because targets lose one of two that are made at once. Those that come while
 * others are made go together afterwards. Where the target refuses several, each is made alone. This serialises one process
 * only: `make` reads back, and meets the changes of others.
 */
export function openMemberQueues<Result>(
  make: (list: string, changes: readonly MemberChange[]) => Promise<Result>,
): (list: string, change: MemberChange) => Promise<Result> {
  const queues = new Map<string, ReturnType<typeof openQueue<Result>>>()
  return (list, change) => {
    const queue = queues.get(list) ?? openQueue((changes) => make(list, changes))
    queues.set(list, queue)
    return queue(change)
  }
}

function openQueue<Result>(make: (changes: readonly MemberChange[]) => Promise<Result>) {
  const waiting: Waiting<Result>[] = []
  let busy = false
  const work = async () => {
    if (busy) return
    busy = true
    while (waiting.length > 0) await settle(make, takeTogether(waiting))
    busy = false
  }
  return (change: MemberChange) =>
    new Promise<Result>((done, failed) => {
      waiting.push({ ...change, done, failed })
      void work()
    })
}

/** Takes the first changes, up to one that contradicts an earlier one. */
function takeTogether<Change extends MemberChange>(waiting: Change[]): Change[] {
  const wanted = new Map<string, boolean>()
  const end = waiting.findIndex(({ member, isIn }) => {
    if (wanted.get(member) === !isIn) return true
    wanted.set(member, isIn)
    return false
  })
  return waiting.splice(0, end < 0 ? waiting.length : end)
}

async function settle<Result>(
  make: (changes: readonly MemberChange[]) => Promise<Result>,
  changes: readonly Waiting<Result>[],
): Promise<void> {
  try {
    const result = await make(changes.map(({ member, isIn }) => ({ member, isIn })))
    for (const { done } of changes) done(result)
  } catch (error) {
    if (changes.length > 1 && !mayPass(error)) for (const change of changes) await settle(make, [change])
    else for (const { failed } of changes) failed(error)
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ConnectorError && ['unreachable', 'timeout', 'throttled'].includes(error.code)
}
