import { z } from 'zod'
import { namespaceSetting } from '../schema.ts'

const nameForm = 'expected the name of an object, as in orders-api, or a parameter, as in :pod'

/** A name of the catalog, or the parameter that is the name: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const objectName = z
  .string()
  .regex(/^(:[a-z][a-z0-9_]{0,39}|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$/, nameForm)
  .describe('Its name, or the parameter that is its name: `:pod`')
const inNamespace = namespaceSetting.describe('Its namespace')

const mostReplicas = 1000

/** The connector's own part of an action: one of four operations. */
export const actionSchema = z
  .strictObject({
    restart: z
      .strictObject({
        kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).describe('What it is'),
        namespace: inNamespace,
        name: objectName,
      })
      .optional()
      .describe('Replaces the pods of a workload one after the other, as kubectl rollout restart does'),
    scale: z
      .strictObject({
        kind: z.enum(['Deployment', 'StatefulSet']).describe('What it is'),
        namespace: inNamespace,
        name: objectName,
        replicas: z
          .union([
            z.int().min(0).max(mostReplicas),
            z.string().regex(/^:[a-z][a-z0-9_]{0,39}$/, 'expected a number, or a parameter, as in :replicas'),
          ])
          .describe('How many pods it has then, or the parameter that says it: `:replicas`'),
      })
      .optional()
      .describe('Changes the number of pods of a workload'),
    deletePod: z
      .strictObject({ namespace: inNamespace, name: objectName })
      .optional()
      .describe('Deletes one pod, which its workload replaces'),
    job: z
      .strictObject({
        namespace: inNamespace,
        spec: z
          .record(z.string().max(63), z.unknown())
          .describe(
            'The `spec` of the Job. A parameter is a whole entry of `args`, or the whole value of a variable in `env`: `:day`',
          ),
      })
      .optional()
      .describe('Runs a Job, and gives back the end of its log'),
    limits: z
      .strictObject({
        seconds: z
          .int()
          .min(1)
          .max(3600)
          .default(300)
          .describe('How long Daypass follows it. A Job is ended after that by Kubernetes'),
        bytes: z.int().min(1).max(1_000_000).default(100_000).describe('Most bytes of the log of a Job'),
      })
      .prefault({})
      .describe('Its limits'),
  })
  .refine(
    ({ restart, scale, deletePod, job }) => [restart, scale, deletePod, job].filter(Boolean).length === 1,
    { message: 'expected one of `restart`, `scale`, `deletePod` and `job`' },
  )
export type KubernetesAction = z.output<typeof actionSchema>
