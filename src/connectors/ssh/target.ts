import { ConnectorError } from '../../domain/connector.ts'
import { type Answer, type Host, type Line, openHost } from './host.ts'
import type { SshSettings } from './schema.ts'

/** The hosts of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: SshSettings
  readonly hosts: readonly Host[]
  /** Asks all hosts at once. Where some fail, the others have done it; the error names those that failed. */
  askAll(operation: string, lines: readonly Line[]): Promise<HostAnswer[]>
  keepConnected(): Promise<void>
  close(): void
}

export interface HostAnswer {
  readonly host: Host
  readonly answer: Answer
}

export function openTarget(resourceId: string, settings: SshSettings): Target {
  const hosts = settings.hosts.map((host) => openHost(resourceId, host, settings))
  return {
    resourceId,
    settings,
    hosts,
    askAll: async (operation, lines) => {
      const asked = hosts.map(async (host) => ({ host, answer: await host.ask(operation, lines) }))
      return allOf(await Promise.allSettled(asked))
    },
    keepConnected: async () => {
      allOf(await Promise.allSettled(hosts.map((host) => host.keepConnected())))
    },
    close: () => {
      for (const host of hosts) host.close()
    },
  }
}

function allOf<T>(answers: readonly PromiseSettledResult<T>[]): T[] {
  const failed = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  if (failed.length === 0) return answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  throw failed.every((error) => error instanceof ConnectorError) ? togetherOf(failed) : failed[0]
}

/** One error for several hosts. What needs a person on one of them decides. */
function togetherOf(errors: readonly ConnectorError[]): ConnectorError {
  const [first, ...others] = [...errors].sort((one, other) => Number(one.retryable) - Number(other.retryable))
  if (!first) throw new Error('no error')
  if (others.length === 0) return first
  const message = [first, ...others].map((error) => error.message).join(' ')
  return new ConnectorError(first.code, message.slice(0, 1500), {
    retryable: first.retryable,
    cause: first.cause,
  })
}
