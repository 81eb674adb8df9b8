// What a model's provider takes as a function's schema, as its documentation says it. Each rule gives back what is
// wrong, as texts that begin with the place.
//
// Gemini, `parameters` and `response` (a subset of OpenAPI 3.0, as protocol buffers: a field that is not known, a type
// that is a list or an enum that holds no texts makes it refuse the whole request):
//   https://ai.google.dev/api/caching#Schema and #FunctionDeclaration
// Gemini, `parametersJsonSchema` and `responseJsonSchema` (a subset of JSON Schema):
//   https://ai.google.dev/api/generate-content#FIELDS.response_json_schema
// What it says of objects, lists and formats when it refuses them ("should be non-empty for OBJECT type", "items:
// missing field", "only 'enum' and 'date-time' are supported for STRING type"):
//   https://github.com/home-assistant/core/pull/122403 https://github.com/google-gemini/gemini-cli/issues/3178
// OpenAI, strict:
//   https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas
// OpenAI, not strict: https://developers.openai.com/api/docs/guides/function-calling
// Of `default` in a strict schema the documentation says nothing: api.openai.com takes it, as tried by the keeper of
// its SDK (https://github.com/openai/openai-agents-python/issues/4390); Azure was said to refuse it.

const geminiFields = ['type', 'format', 'title', 'description', 'nullable', 'enum', 'maxItems', 'minItems', 'properties',
  'required', 'minProperties', 'maxProperties', 'minLength', 'maxLength', 'pattern', 'example', 'anyOf',
  'propertyOrdering', 'default', 'items', 'minimum', 'maximum'];
const geminiTypes = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'];
const geminiFormats = { STRING: ['enum', 'date-time'], NUMBER: ['float', 'double'], INTEGER: ['int32', 'int64'] };

// Fields that are not listed there are left unread, not refused: those of our own that are, only narrow.
const jsonSchemaFields = ['$id', '$defs', '$ref', '$anchor', 'type', 'format', 'title', 'description', 'enum', 'items',
  'prefixItems', 'minItems', 'maxItems', 'minimum', 'maximum', 'anyOf', 'oneOf', 'properties', 'additionalProperties',
  'required', 'propertyOrdering'];
const leftUnread = ['minLength', 'maxLength', 'default'];
const jsonTypes = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

const strictFields = ['type', 'description', 'enum', 'const', 'items', 'anyOf', 'properties', 'additionalProperties',
  'required', 'pattern', 'format', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'minItems',
  'maxItems', 'minLength', 'maxLength', '$defs', '$ref', 'default'];
const strictFormats = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'];

function* nested(schema, place) {
  for (const [name, one] of Object.entries(schema.properties ?? {})) yield [one, `${place}.${name}`];
  if (schema.items) yield [schema.items, `${place}[]`];
  for (const one of schema.anyOf ?? []) yield [one, place];
}

function* everywhere(schema, place) {
  yield [schema, place];
  for (const [one, where] of nested(schema, place)) yield* everywhere(one, where);
}

function* commonFaults(schema, place, type) {
  if (schema.enum && !schema.enum.every((one) => typeof one === 'string')) yield `${place}: an enum holds no text`;
  if (schema.enum && type !== 'string') yield `${place}: enum is for texts`;
  if (type === 'array' && !schema.items) yield `${place}: items is missing`;
  if (schema.items && type !== 'array') yield `${place}: items is for lists`;
  const names = Object.keys(schema.properties ?? {});
  for (const name of schema.required ?? []) {
    if (!names.includes(name)) yield `${place}: required ${name} is no property`;
  }
}

export function geminiName(name) {
  return /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/.test(name) ? [] : [`${name}: no name of a function`];
}

/** `mayBeOpen`: an object without properties is allowed, as in answers. */
export function geminiSchema(root, place, mayBeOpen = false) {
  const faults = [];
  for (const [schema, where] of everywhere(root, place)) {
    for (const field of Object.keys(schema)) {
      if (!geminiFields.includes(field)) faults.push(`${where}: Unknown name "${field}"`);
    }
    if (typeof schema.type !== 'string' && !(schema.type === undefined && schema.anyOf)) {
      faults.push(`${where}: type must be specified, in one word`);
      continue;
    }
    const type = String(schema.type ?? '').toUpperCase();
    if (type && !geminiTypes.includes(type)) faults.push(`${where}: ${type} is no type`);
    if (schema.format && !(geminiFormats[type] ?? []).includes(schema.format)) {
      faults.push(`${where}: the format ${schema.format} is not supported for ${type}`);
    }
    const isEmpty = type === 'OBJECT' && Object.keys(schema.properties ?? {}).length === 0;
    if (isEmpty && !mayBeOpen && where !== place) faults.push(`${where}: properties should be non-empty for OBJECT type`);
    faults.push(...commonFaults(schema, where, type.toLowerCase()));
  }
  return faults;
}

export function geminiJsonSchema(root, place) {
  const faults = [];
  for (const [schema, where] of everywhere(root, place)) {
    for (const field of Object.keys(schema)) {
      if (![...jsonSchemaFields, ...leftUnread].includes(field)) faults.push(`${where}: ${field} is not supported`);
    }
    if (schema.type === undefined && !schema.anyOf) faults.push(`${where}: type is missing`);
    if (schema.type !== undefined && !jsonTypes.includes(schema.type)) faults.push(`${where}: type is not one word`);
    faults.push(...commonFaults(schema, where, schema.type ?? ''));
  }
  return faults;
}

export function openaiName(name) {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(name) ? [] : [`${name}: no name of a function`];
}

export function openaiSchema(root, place) {
  const faults = root.type === 'object' ? [] : [`${place}: the root must be an object`];
  for (const [schema, where] of everywhere(root, place)) faults.push(...commonFaults(schema, where, schema.type ?? ''));
  return faults;
}

export function openaiStrictSchema(root, place) {
  const faults = openaiSchema(root, place);
  if (root.anyOf) faults.push(`${place}: the root must not be anyOf`);
  let properties = 0;
  let choices = 0;
  let letters = 0;
  const depth = (schema) => 1 + Math.max(0, ...[...nested(schema, '')].map(([one]) => depth(one)));
  for (const [schema, where] of everywhere(root, place)) {
    for (const field of Object.keys(schema)) {
      if (!strictFields.includes(field)) faults.push(`${where}: '${field}' is not permitted`);
    }
    if (schema.type !== undefined && !jsonTypes.includes(schema.type)) faults.push(`${where}: type is not one word`);
    if (schema.type === undefined && !schema.anyOf) faults.push(`${where}: schema must have a 'type' key`);
    if (schema.format && !strictFormats.includes(schema.format)) faults.push(`${where}: '${schema.format}' is not a valid format`);
    const names = Object.keys(schema.properties ?? {});
    if (schema.type === 'object') {
      if (schema.additionalProperties !== false) faults.push(`${where}: additionalProperties is required to be false`);
      const missing = names.filter((name) => !(schema.required ?? []).includes(name));
      if (missing.length) faults.push(`${where}: required is to include every property, not ${missing}`);
    }
    properties += names.length;
    choices += (schema.enum ?? []).length;
    letters += [...names, ...(schema.enum ?? [])].join('').length;
  }
  if (properties > 5000) faults.push(`${place}: more than 5,000 properties`);
  if (choices > 1000) faults.push(`${place}: more than 1,000 choices`);
  if (letters > 120_000) faults.push(`${place}: more than 120,000 letters`);
  if (depth(root) > 10) faults.push(`${place}: more than 10 levels`);
  return faults;
}
