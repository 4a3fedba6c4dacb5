import type { Ports } from '../../domain/ports.ts'
import type { Channels } from '../api/channels.ts'
import type { SlackDirectory } from '../api/directory.ts'
import type { Files } from '../api/files.ts'
import type { SlackIdentity } from '../api/identity.ts'
import type { Opener } from '../api/open-view.ts'

/** The parts that features use. A listener takes only the parts that it needs. */
export interface FeatureParts {
  readonly ports: Ports
  readonly directory: SlackDirectory
  readonly channels: Channels
  readonly opener: Opener
  readonly files: Files
  readonly identity: Pick<SlackIdentity, 'url'>
}
