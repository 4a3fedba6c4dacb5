import { ConnectorError, type Diagnosis } from '../../domain/connector.ts'

/** The answer of `check`. A target that cannot be asked is one problem, with the step that comes next. */
export async function diagnosed(look: () => Promise<Diagnosis>): Promise<Diagnosis> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { ok: false, problems: [{ what: error.message, remedy: remedyOf(error) }] }
  }
}

function remedyOf({ code }: ConnectorError): string {
  switch (code) {
    case 'unreachable':
    case 'timeout':
      return 'See that the target runs and can be reached from here, then check again.'
    case 'permission':
      return 'Correct in the catalog what Daypass logs in with, or give that login its rights at the target.'
    default:
      return 'Correct the resource in the catalog, then check again.'
  }
}
