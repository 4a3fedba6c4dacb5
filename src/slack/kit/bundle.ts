import type { KnownBlock } from '@slack/types'
import type { BundlePlace } from '../../domain/bundle-place.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { context } from './blocks.ts'
import { inline } from './text.ts'

/** "Part of *On-call kit*, asked for together with AR-1002 and AR-1003", on what shows one request alone. */
export function bundleBlocks({ request, bundle }: RequestHistory): KnownBlock[] {
  if (!bundle) return []
  const others = bundle.requests.filter(({ id }) => id !== request.id).map(({ reference }) => reference)
  const together = others.length === 0 ? '' : `, asked for together with ${others.join(', ')}`
  return [context(`Part of ${bundleName(bundle)}${together}. Each part is decided and ended by itself.`)]
}

export function bundleName({ name }: Pick<BundlePlace, 'name'>): string {
  return `*${inline(name, 64)}*`
}
