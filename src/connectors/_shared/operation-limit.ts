import { ConnectorError } from '../../domain/connector.ts'

/** Resolves or rejects as `work` does, or rejects with `timeout` after so many seconds. `work` itself may go on. */
export async function limited<T>(resourceId: string, seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `${resourceId}: given up after ${seconds} seconds. The target is slow or unreachable.`
    timer = setTimeout(
      () => reject(new ConnectorError('timeout', message, { retryable: true })),
      seconds * 1000,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
