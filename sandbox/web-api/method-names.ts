import { readFileSync } from 'node:fs'
import { asObject } from '../json.ts'
import { METHOD_SPECS } from './spec.ts'

const TIERS = new URL('../slack-data/json-logs/rate_limit_tiers.json', import.meta.url)

/** Methods of @slack/web-api 8.2 that are younger than the list of rate limits. */
const YOUNGER = [
  'agents.conversations.archive',
  'agents.conversations.create',
  'agents.conversations.getCanvas',
  'agents.conversations.listViews',
  'agents.conversations.removeView',
  'agents.conversations.setCanvasContent',
  'agents.conversations.setCommands',
  'agents.conversations.setProperties',
  'agents.conversations.setView',
  'agents.sessions.rename',
  'agents.sessions.setStatus',
  'entity.presentDetails',
]

const NAMES: ReadonlySet<string> = new Set([
  ...METHOD_SPECS.keys(),
  ...Object.keys(asObject(JSON.parse(readFileSync(TIERS, 'utf8')))),
  ...YOUNGER,
])

/** Whether Slack has a method of this name, be it offered here or not. */
export function isMethodOfSlack(method: string): boolean {
  return NAMES.has(method)
}
