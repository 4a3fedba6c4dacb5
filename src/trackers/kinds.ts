import type { TrackerKind } from './define-tracker.ts'
import { github } from './github.ts'
import { jira } from './jira.ts'
import { linear } from './linear.ts'
import { webhook } from './webhook.ts'

/** Every kind of tracker, in the order in which documents name them. */
export const trackerKinds: readonly TrackerKind[] = [jira, linear, github, webhook]
