import { ConnectorError } from '../../domain/connector.ts'
import { keyForm, keyOf, keyProblem } from '../../standard-webhooks.ts'
import { readSecretFile } from '../_shared/settings.ts'

/** Where the catalog says that the secrets are. */
export interface KeyPlace {
  readonly secrets?: readonly string[] | undefined
  readonly secretFile?: string | undefined
}

/** The keys that sign now, the present one first. A file is read each time, so that keys can be rotated without a restart. */
export async function readKeys(
  resourceId: string,
  { secrets, secretFile }: KeyPlace,
): Promise<readonly Buffer[]> {
  if (secretFile === undefined) return (secrets ?? []).map(keyOf)
  const lines = (await readSecretFile(secretFile, resourceId)).split(/\r?\n/).filter((line) => line !== '')
  if (lines.length > 2) throw unusable(resourceId, secretFile, 'holds more than two secrets')
  if (lines.some(keyProblem)) throw unusable(resourceId, secretFile, `holds something else: ${keyForm}`)
  return lines.map(keyOf)
}

/** Retryable: the file may be half written. */
function unusable(resourceId: string, file: string, why: string): ConnectorError {
  return new ConnectorError('misconfigured', `${resourceId}: the secret file ${file} ${why}.`, {
    retryable: true,
  })
}
