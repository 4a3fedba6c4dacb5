/** The answer of an app to a delivery. */
export interface Answer {
  /** Acknowledged in time, with a good status. */
  ok: boolean
  status: number
  /** The acknowledgement's body: text over HTTP, JSON text over a socket, empty for none. */
  body: string
  ms: number
  headers: Record<string, string>
  /** The reason where `ok` is false. */
  failure?: 'timeout' | 'http_error' | 'connection_failed' | 'no_socket'
}

/** The text that Slack shows when an app did not acknowledge a command. */
export function commandError(command: string, answer: Answer): string {
  const code = answer.failure === 'timeout' ? 'operation_timeout' : 'dispatch_failed'
  return `${command} failed with the error "${code}"`
}

/** The text that Slack shows when an app did not acknowledge an interaction. */
export function interactionError(answer: Answer): string {
  if (answer.failure === 'timeout') return 'Operation timed out. Apps need to respond within 3 seconds.'
  if (answer.failure === 'http_error') return `This app responded with Status Code ${answer.status}.`
  return 'We had some trouble connecting. Try again?'
}
