import { z } from 'zod'
import { idPattern } from '../domain/catalog.ts'
import { type ConnectorSchemas, catalogSchema, entitlementSchema, resourceSchema } from './schema.ts'

type JsonSchema = Record<string, unknown>

/**
 * The catalog's shape as JSON Schema (2020-12), for editors. It knows keys, types and patterns; what is weighed against
 * each other, and what depends on the environment, only `daypass check` can tell.
 */
export function catalogJsonSchema(connectorSchemas: ConnectorSchemas): JsonSchema {
  const { $schema, ...catalog } = toJson(catalogSchema)
  const resources = Object.entries(connectorSchemas).map(([kind, schema]) => resourceOf(kind, schema))
  return {
    $schema,
    title: 'Daypass catalog',
    ...catalog,
    properties: {
      ...objectOf(catalog.properties),
      resources: byId(resources.length === 1 ? resources[0] : { oneOf: resources }),
    },
  }
}

function resourceOf(kind: string, schema: ConnectorSchemas[string]): JsonSchema {
  const { $schema: _, ...resource } = toJson(resourceSchema)
  const connector = merge(toJson(schema.connector), {
    properties: { kind: { const: kind } },
    required: ['kind'],
  })
  const entitlement = merge(toJson(entitlementSchema), toJson(schema.entitlement))
  return {
    ...resource,
    properties: { ...objectOf(resource.properties), connector, entitlements: byId(entitlement) },
  }
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

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
