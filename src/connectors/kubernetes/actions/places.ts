import { parameterOf } from '../../_shared/parameter-place.ts'

/** The `spec` of a Job, as it stands in the catalog: plain JSON. */
export type JobSpec = Readonly<Record<string, unknown>>

/** A text of a job that is a parameter, and what is wrong with its place. */
export interface Place {
  readonly key: 'job'
  readonly parameter: string
  readonly problem: string | null
}

/** All parameters of a job. */
export function placesOf(spec: JobSpec): Place[] {
  const places: Place[] = []
  mapTexts(spec, [], (parameter, path, earlier) => {
    places.push({ key: 'job', parameter, problem: placeProblem(path, earlier) })
    return ''
  })
  return places
}

/**
 * The job with its values. Kubernetes replaces `$(NAME)` in arguments and variables, and takes `$$` for one `$`, so that a value never
 * is such a name: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
 * `mayBeOption`: a program would take a value that begins with `-` for an option. Nothing that follows `--` is one:
 * https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap12.html
 */
export function withValues(
  spec: JobSpec,
  givenFor: (parameter: string, mayBeOption: boolean) => string,
): JobSpec {
  return mapTexts(spec, [], (parameter, path, earlier) => {
    const mayBeOption = path.at(-2) === 'args' && !earlier.includes('--')
    return givenFor(parameter, mayBeOption).replaceAll('$', '$$$$')
  }) as JobSpec
}

type Path = readonly (string | number)[]

function mapTexts(
  value: unknown,
  path: Path,
  change: (parameter: string, path: Path, earlier: readonly unknown[]) => string,
  /** What stands before it in its list. */
  earlier: readonly unknown[] = [],
): unknown {
  if (Array.isArray(value))
    return value.map((one, at) => mapTexts(one, [...path, at], change, value.slice(0, at)))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, mapTexts(one, [...path, key], change)]),
    )
  const parameter = parameterOf(value)
  return parameter === null ? value : change(parameter, path, earlier)
}

const container = /^template\.spec\.(containers|initContainers)\.\d+\.(args\.\d+|env\.\d+\.value)$/

function placeProblem(path: Path, earlier: readonly unknown[]): string | null {
  const before = earlier.at(-1)
  if (!container.test(path.join('.'))) return 'stands where no value may be.'
  if (typeof before === 'string' && /^-[a-z]*c$/.test(before)) return 'would be read as a program by a shell.'
  return null
}
