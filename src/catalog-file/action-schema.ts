import { z } from 'zod'
import { parameterNamePattern, readParameter } from '../domain/action.ts'
import { isCalendarDay } from '../domain/calendar-day.ts'
import { problemOfTicketPattern } from '../domain/ticket-pattern.ts'
import { entitlementSchema, pattern } from './schema.ts'
import { duration, line, problem } from './values.ts'

const label = line(75).optional().describe('What people read at the field. Default: the name')
const day = z
  .string()
  .refine(isCalendarDay, problem('There is no such day.', 'Write it in quotes, as "2026-11-30".'))
const bound = z.number().min(-1e15).max(1e15)

const parameterSchema = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('string').describe('Text'),
      label,
      pattern: pattern.describe('Regular expression that the whole value must match'),
      example: line(75).optional().describe('A value that matches, shown in the form'),
      maxLength: z.int().min(1).max(1000).default(200).describe('Most characters'),
    })
    .superRefine((value, context) => {
      const { example = null } = value
      if (example === null || problemOfTicketPattern(value.pattern) !== null) return
      const read = readParameter({ ...value, name: 'example', label: 'The example', example }, example)
      if ('problem' in read)
        context.addIssue({
          code: 'custom',
          path: ['example'],
          message: problem(read.problem, 'Write a value that the parameter takes.'),
        })
    }),
  z
    .strictObject({
      type: z.literal('number').describe('A number'),
      label,
      min: bound.describe('The least value'),
      max: bound.describe('The greatest value'),
      decimals: z.int().min(0).max(9).default(0).describe('Digits after the point. 0: a whole number'),
    })
    .refine(
      ({ min, max }) => min <= max,
      problem('`min` is greater than `max`.', 'Write the least and the greatest value.'),
    ),
  z.strictObject({
    type: z.literal('enum').describe('One of some values'),
    label,
    values: z.array(line(75)).min(1).max(100).describe('The values that may be chosen'),
  }),
  z.strictObject({
    type: z.literal('date').describe('A calendar day'),
    label,
    min: day.optional().describe('The first day that may be chosen'),
    max: day.optional().describe('The last day that may be chosen'),
  }),
])
export type ReadParameter = z.output<typeof parameterSchema>

const {
  maxDuration: _,
  defaultDuration: __,
  idleAfter: ___,
  breakGlass: ____,
  ...common
} = entitlementSchema.shape

/** The keys of every action, for all connectors. */
export const actionSchema = z.object({
  ...common,
  parameters: z
    .record(
      z
        .string()
        .regex(
          parameterNamePattern,
          problem(
            'This cannot be the name of a parameter.',
            'Write small letters, digits and underscores, beginning with a letter: `order_id`.',
          ),
        ),
      parameterSchema,
    )
    .default({})
    .describe('What the requester says, by name. Each is required'),
  runWithin: duration
    .prefault('15m')
    .describe('How long after its approval it may begin. After that it lapses'),
  keepOutput: duration
    .optional()
    .describe('How long its output is kept, encrypted, for the requester. Default: it is not kept'),
  redact: z
    .strictObject({
      columns: z.array(line(63)).max(100).default([]).describe('Columns whose values never leave'),
      patterns: z
        .array(pattern)
        .max(20)
        .default([])
        .describe('Regular expressions. What matches never leaves'),
    })
    .prefault({})
    .describe('What of the output nobody may see'),
})
