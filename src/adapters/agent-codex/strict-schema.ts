type Schema = Readonly<Record<string, unknown>>;

/**
 * OpenAI takes an answer schema only in its strict form: every object closed, every property required. What was optional
 * may be null instead.
 */
export function strictSchema(schema: Schema): Schema {
  const { $schema: _, ...rest } = schema;
  const entries = Object.entries(rest).map(([key, value]) => [key, strictPart(key, value)] as const);
  const strict = Object.fromEntries(entries);
  if (!isSchema(strict.properties)) return strict;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const properties = Object.entries(strict.properties).map(([name, value]) => [
    name,
    required.has(name) || !isSchema(value) ? value : nullable(value),
  ]);
  return {
    ...strict,
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
    additionalProperties: false,
  };
}

function strictPart(key: string, value: unknown): unknown {
  if (['properties', '$defs', 'definitions'].includes(key) && isSchema(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, isSchema(v) ? strictSchema(v) : v]));
  }
  if (['anyOf', 'allOf', 'oneOf'].includes(key) && Array.isArray(value)) {
    return value.map((v) => (isSchema(v) ? strictSchema(v) : v));
  }
  return key === 'items' && isSchema(value) ? strictSchema(value) : value;
}

function nullable(schema: Schema): Schema {
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf : null;
  if (branches?.some((branch) => isSchema(branch) && branch.type === 'null')) return schema;
  if (branches) return { ...schema, anyOf: [...branches, { type: 'null' }] };
  return { anyOf: [schema, { type: 'null' }] };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
