import { type FileHandle, open, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { Operation, OperationKind } from '../../domain/activity.ts'
import { ConnectorError } from '../../domain/connector.ts'

/** The calls of one account, as far as the log was read. */
export interface Calls {
  readonly operations: Map<string, Operation>
  readonly addresses: Set<string>
  refused: number
  lastAt: Date | null
}

export interface AuditLog {
  /** Reads what is new, and answers with the calls by account. `isWhole`: from the beginning of the file, and to its end. */
  read(): Promise<{ readonly calls: (account: string) => Calls | null; readonly isWhole: boolean }>
  close(): Promise<void>
}

/** Of one look. A longer log is read on in the next one. */
const mostBytes = 32 * 1_048_576
const chunkBytes = 1_048_576
const longestLine = 4 * chunkBytes
const mostOperations = 100
const mostAccounts = 5_000

/** https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Event */
const event = z.object({
  stage: z.string(),
  verb: z.string(),
  user: z.object({ username: z.string() }),
  sourceIPs: z.array(z.string()).default([]),
  objectRef: z
    .object({
      resource: z.string().default(''),
      namespace: z.string().optional(),
      subresource: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
})
type Event = z.output<typeof event>

/**
 * The audit log of an API server as it grows, of accounts whose names begin with `prefix`. When the log was rotated, the former file is
 * read to its end first. After a restart of Daypass the newest part is read again.
 */
export function openAuditLog(resourceId: string, path: string, prefix: string): AuditLog {
  /** Those that called last come last. */
  const known = new Map<string, Calls>()
  let file: { readonly handle: FileHandle; readonly inode: number; offset: number; rest: string } | null =
    null
  let beganAtStart = true
  let turn: Promise<unknown> = Promise.resolve()

  const openFile = async () => {
    const handle = await open(path, 'r')
    const { ino, size } = await handle.stat()
    return { handle, inode: ino, size }
  }
  const read = async () => {
    let left = mostBytes
    try {
      if (!file) {
        const { handle, inode, size } = await openFile()
        const offset = Math.max(0, size - mostBytes)
        beganAtStart = offset === 0
        file = { handle, inode, offset, rest: '' }
      }
      const { size } = await file.handle.stat()
      // Somebody emptied it in place.
      if (size < file.offset) Object.assign(file, { offset: 0, rest: '' })
      left = await readOn(file, left)
      const { ino } = await stat(path)
      if (ino !== file.inode && left > 0) {
        const former = file.handle
        const { handle, inode } = await openFile()
        file = { handle, inode, offset: 0, rest: '' }
        await former.close()
        left = await readOn(file, left)
      }
    } catch (error) {
      throw unreadable(resourceId, path, error)
    }
    return { calls: (account: string) => known.get(account) ?? null, isWhole: beganAtStart && left > 0 }
  }
  /** Resolves with the bytes that are left to be read. */
  const readOn = async (from: NonNullable<typeof file>, most: number): Promise<number> => {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    let left = most
    while (left > 0) {
      const { bytesRead } = await from.handle.read(buffer, 0, buffer.length, from.offset)
      if (bytesRead === 0) return left
      from.offset += bytesRead
      left -= bytesRead
      // As bytes, so that a sign in two chunks stays whole. It is decoded line by line.
      const lines = (from.rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      from.rest = lines.pop() ?? ''
      if (from.rest.length > longestLine) from.rest = ''
      for (const line of lines) if (line.includes(prefix)) note(Buffer.from(line, 'latin1').toString('utf8'))
    }
    return left
  }
  const note = (line: string) => {
    const found = parseEvent(line)
    if (!found?.user.username.startsWith(prefix) || !isEnd(found)) return
    const account = found.user.username.slice(prefix.length)
    const calls = known.get(account) ?? newCalls()
    known.delete(account)
    known.set(account, calls)
    const [oldest] = known.keys()
    if (known.size > mostAccounts && oldest !== undefined) known.delete(oldest)
    add(calls, found)
  }
  return {
    // One after the other: two would read the same part twice.
    read: () => {
      const next = turn.then(read, read)
      turn = next.catch(() => {})
      return next
    },
    close: async () => {
      await turn
      await file?.handle.close()
      file = null
    },
  }
}

function newCalls(): Calls {
  return { operations: new Map(), addresses: new Set(), refused: 0, lastAt: null }
}

/** A watch is counted when it begins, every other call at its end. */
function isEnd({ stage, verb }: Event): boolean {
  return verb === 'watch' ? stage === 'ResponseStarted' : stage === 'ResponseComplete' || stage === 'Panic'
}

function add(
  calls: Calls,
  { verb, objectRef, responseStatus, sourceIPs, requestReceivedTimestamp }: Event,
): void {
  const at = new Date(requestReceivedTimestamp)
  if (!Number.isNaN(at.getTime()) && (calls.lastAt === null || at > calls.lastAt)) calls.lastAt = at
  const [address] = sourceIPs
  if (address !== undefined && calls.addresses.size < 20) calls.addresses.add(address.slice(0, 60))
  const code = responseStatus?.code ?? 200
  if (code === 401 || code === 403) {
    calls.refused += 1
    return
  }
  const resource = objectRef
    ? [objectRef.resource, objectRef.subresource].filter(Boolean).join('/')
    : 'the API itself'
  const object = `${resource}${objectRef?.namespace ? ` in ${objectRef.namespace}` : ''}`.slice(0, 130)
  const text = `${verb} ${object}`
  const count = (calls.operations.get(text)?.count ?? 0) + 1
  if (count === 1 && calls.operations.size >= mostOperations) return
  calls.operations.set(text, {
    text,
    kind: kindOf(verb),
    objects: objectRef ? [object] : [],
    count,
    rows: null,
  })
}

function kindOf(verb: string): OperationKind {
  if (/^(?:get|list|watch)$/.test(verb)) return 'read'
  return /^(?:create|update|patch|delete|deletecollection)$/.test(verb) ? 'change' : 'other'
}

function parseEvent(line: string): Event | null {
  try {
    return event.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

function unreadable(resourceId: string, path: string, error: unknown): ConnectorError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
  const message = `${resourceId}: the audit log ${path} cannot be read (${code}). Let the user of Daypass read it, or take \`auditLog\` out of the catalog.`
  return new ConnectorError('misconfigured', message, { retryable: true, cause: error })
}
