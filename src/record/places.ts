import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { CheckpointPlaces, SignedCheckpoint } from '../domain/record/record-log.ts'
import type { CheckpointPlace } from '../domain/record/rules.ts'

const run = promisify(execFile)
const limitMs = 20_000

/** Sends a POST to a public host, or to an address that is named. Rejects for every answer that is no 2xx. */
export type Post = (posted: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connection: { readonly allowAddresses: readonly string[] }
  readonly signal: AbortSignal
}) => Promise<unknown>

/** Puts checkpoints into a file, to a webhook, or into a bare git repository. */
export function createPlaces(post: Post): CheckpointPlaces {
  return {
    async put(place, checkpoint) {
      switch (place.kind) {
        case 'file':
          return appendTo(place.path, checkpoint)
        case 'webhook':
          return sendTo(post, place, checkpoint)
        case 'git':
          return commitTo(place.repository, checkpoint)
      }
    },
  }
}

async function appendTo(path: string, { note }: SignedCheckpoint): Promise<void> {
  const file = await open(path, 'a', 0o644)
  try {
    await file.writeFile(`${note}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sendTo(
  post: Post,
  { url, allowAddresses }: Extract<CheckpointPlace, { kind: 'webhook' }>,
  { size, note, signedAt }: SignedCheckpoint,
): Promise<void> {
  // The path of the URL may hold a secret, so no error repeats it.
  await post({
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ size, signedAt: signedAt.toISOString(), checkpoint: note }),
    connection: { allowAddresses },
    signal: AbortSignal.timeout(limitMs),
  }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`the webhook for checkpoints did not take it. ${why}`)
  })
}

const branch = 'refs/heads/checkpoints'

/** One commit for each checkpoint, whose file `checkpoint` is the note. The branch never goes back. */
async function commitTo(repository: string, { size, note, signedAt }: SignedCheckpoint): Promise<void> {
  const env = { ...process.env, ...identity, GIT_AUTHOR_DATE: signedAt.toISOString() }
  const git = async (args: readonly string[], input?: string) => {
    const child = run('git', ['--git-dir', repository, ...args], { env, timeout: limitMs })
    // A command that reads nothing closes its input early.
    child.child.stdin?.on('error', () => {})
    child.child.stdin?.end(input)
    return (await child).stdout.trim()
  }
  const before = await git(['rev-parse', '--verify', '--quiet', branch]).catch(() => null)
  if (before !== null && (await git(['show', `${before}:checkpoint`])) === note.trim()) return
  const blob = await git(['hash-object', '-w', '--stdin'], note)
  const tree = await git(['mktree'], `100644 blob ${blob}\tcheckpoint\n`)
  const parent = before === null ? [] : ['-p', before]
  const commit = await git(['commit-tree', tree, ...parent, '-m', `Checkpoint of ${size} events`])
  await git(['update-ref', branch, commit, before ?? ''])
}

const identity = {
  GIT_AUTHOR_NAME: 'Daypass',
  GIT_AUTHOR_EMAIL: 'daypass@localhost',
  GIT_COMMITTER_NAME: 'Daypass',
  GIT_COMMITTER_EMAIL: 'daypass@localhost',
}
