import { z } from 'zod'
import { idPattern } from '../domain/catalog.ts'
import { actionSchema } from './action-schema.ts'
import { bundleSchema } from './read-bundles.ts'
import {
  type CatalogConnector,
  type CatalogTracker,
  catalogSchema,
  entitlementSchema,
  resourceSchema,
  trackerSchema,
} from './schema.ts'

type JsonSchema = Record<string, unknown>

/**
 * The catalog's shape as JSON Schema (2020-12), for editors. It knows keys, types and patterns; what is weighed against
 * each other, and what depends on the environment, only `daypass check` can tell.
 */
export function catalogJsonSchema(
  connectorKinds: readonly CatalogConnector[],
  trackerKinds: readonly CatalogTracker[],
): JsonSchema {
  const { $schema, ...catalog } = toJson(catalogSchema)
  const resources = connectorKinds.map(resourceOf)
  return {
    $schema,
    title: 'Daypass catalog',
    ...catalog,
    properties: {
      ...objectOf(catalog.properties),
      trackers: {
        ...descriptionOf(catalog, 'trackers'),
        ...byId({ oneOf: trackerKinds.map(trackerOf) }),
      },
      bundles: { ...descriptionOf(catalog, 'bundles'), ...byId(bundleOf()) },
      resources: {
        ...descriptionOf(catalog, 'resources'),
        ...byId(resources.length === 1 ? resources[0] : { oneOf: resources }),
      },
    },
  }
}

function resourceOf({ kind, settings, entitlement: own, action }: CatalogConnector): JsonSchema {
  const { $schema: _, ...resource } = toJson(resourceSchema)
  const { actions: __, ...properties } = propertiesOf(resource)
  const kindOnly = {
    properties: { kind: { const: kind, description: 'The kind of system' } },
    required: ['kind'],
  }
  const connector = merge(kindOnly, toJson(settings))
  const entitlement = merge(toJson(entitlementSchema), toJson(own))
  return {
    ...resource,
    properties: {
      ...properties,
      connector: { ...descriptionOf(resource, 'connector'), ...connector },
      entitlements: { ...descriptionOf(resource, 'entitlements'), ...byId(entitlement) },
      ...(action && {
        actions: {
          ...descriptionOf(resource, 'actions'),
          ...byId(merge(toJson(actionSchema), toJson(action.schema))),
        },
      }),
    },
  }
}

function bundleOf(): JsonSchema {
  const { $schema: _, ...bundle } = toJson(bundleSchema)
  return bundle
}

function trackerOf({ kind, settings }: CatalogTracker): JsonSchema {
  const whole = merge(toJson(trackerSchema), toJson(settings))
  const kindOnly = { const: kind, description: 'The kind of tracker' }
  return { ...whole, properties: { ...objectOf(whole.properties), kind: kindOnly } }
}

function byId(value: unknown): JsonSchema {
  return {
    type: 'object',
    propertyNames: { type: 'string', pattern: idPattern.source },
    additionalProperties: value,
  }
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

/** One object with the keys of both, and no others. */
function merge(one: JsonSchema, other: JsonSchema): JsonSchema {
  const required = [...new Set([...listOf(one.required), ...listOf(other.required)])]
  return {
    type: 'object',
    properties: { ...objectOf(one.properties), ...objectOf(other.properties) },
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  }
}

function descriptionOf(schema: JsonSchema, key: string): { description?: unknown } {
  const property = Object.entries(objectOf(schema.properties)).find(([name]) => name === key)?.[1]
  return typeof property === 'object' && property !== null && 'description' in property
    ? { description: property.description }
    : {}
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

function propertiesOf({ properties }: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(objectOf(properties)))
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
