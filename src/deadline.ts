/** An operation did not answer in time. It may still happen later, and the caller must allow that. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
  constructor(what: string, milliseconds: number) {
    super(`${what} did not answer within ${milliseconds} ms`)
  }
}

/** Resolves or rejects as `work` does, or rejects with `DeadlineExceeded`. `work` itself goes on. */
export async function withDeadline<T>(what: string, milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded(what, milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
