// @ts-check
// What a JSON schema asks for, one level at a time: references followed (never in a circle), allOf merged, anyOf and oneOf
// made choices. Schemas come from outside, so nothing here trusts their form. Pure.
import { Exact, isNumber, same } from "./exact.js";

/** @typedef {Record<string, any>} Schema */

/**
 * One level of a schema. `kind` says what the value is; the rest is there where it matters.
 * @typedef {{kind: "string" | "number" | "boolean" | "null" | "choice" | "array" | "object" | "json",
 *   schema: Schema, title?: string, description?: string, initial?: any, nullable: boolean, reason?: string, unchecked: string[],
 *   options?: {value: any, label: string, description?: string}[], shapes?: {label: string, schema: Schema}[], whole?: boolean,
 *   properties?: [string, Schema][], required?: Set<string>, additional?: Schema | boolean, items?: Schema, prefix?: Schema[]}} Node
 */

const isObject = (/** @type {any} */ one) => one !== null && typeof one === "object" && !Array.isArray(one) && !(one instanceof Exact);
const text = (/** @type {any} */ one) => (typeof one === "string" && one.trim() ? one : undefined);
const listOf = (/** @type {any} */ one) => (Array.isArray(one) ? one : []);
const longestChain = 40;
const mostShapes = 60;

/** Where "#/$defs/x" or "#name" leads in `root`; undefined where nowhere. */
export function followReference(/** @type {any} */ root, /** @type {any} */ reference) {
  if (typeof reference !== "string" || !reference.startsWith("#")) return undefined;
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) {
    const name = reference.slice(1);
    return Object.values({ ...root?.$defs, ...root?.definitions }).find((one) => isObject(one) && (one.$anchor === name || one.$dynamicAnchor === name));
  }
  let at = root;
  for (const part of reference.slice(2).split("/")) {
    let name;
    try {
      name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    } catch {
      return undefined;
    }
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

const lowest = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const highest = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const sizeOf = (/** @type {any} */ one) => Number(one?.text ?? one);

function mergeTypes(/** @type {any} */ one, /** @type {any} */ other) {
  const [a, b] = [one, other].map((type) => (Array.isArray(type) ? type : [type]));
  const both = a.filter((type) => b.includes(type) || (type === "integer" && b.includes("number")));
  if (b.includes("integer") && a.includes("number") && !both.includes("integer")) both.push("integer");
  return both.length === 1 ? both[0] : both;
}

/** Two schemas that both hold, as one. What `first` says of titles and defaults stands. */
export function mergeSchemas(/** @type {Schema} */ first, /** @type {Schema} */ second) {
  /** @type {Schema} */
  const made = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const was = made[key];
    if (was === undefined) made[key] = value;
    else if (key === "type") made.type = mergeTypes(was, value);
    else if (key === "properties" && isObject(was) && isObject(value)) {
      made.properties = { ...was };
      for (const [name, inner] of Object.entries(value))
        made.properties[name] = Object.hasOwn(was, name) ? bothOf(was[name], inner) : inner;
    } else if (key === "required") made.required = [...new Set([...listOf(was), ...listOf(value)])];
    else if (key === "enum") made.enum = listOf(was).filter((one) => listOf(value).some((other) => same(one, other)));
    else if (lowest.includes(key)) made[key] = sizeOf(was) <= sizeOf(value) ? was : value;
    else if (highest.includes(key)) made[key] = sizeOf(was) >= sizeOf(value) ? was : value;
    else if (key === "pattern" && was !== value) made.patterns = [...listOf(made.patterns), value];
    else if (key === "patterns") made.patterns = [...was, ...listOf(value)];
    else if (key === "items" && isObject(was) && isObject(value)) made.items = bothOf(was, value);
    else if (key === "additionalProperties") made[key] = was === false || value === false ? false : isObject(was) ? was : value;
    else if (key === "uniqueItems") made.uniqueItems = was === true || value === true;
    else if (key === "anyOf" || key === "oneOf") made.allOf = [...listOf(made.allOf), { [key]: value }];
  }
  return made;
}

const bothOf = (/** @type {any} */ one, /** @type {any} */ other) => {
  if (!isObject(one)) return one === false ? false : other;
  return isObject(other) ? { allOf: [one, other] } : other === false ? false : one;
};

/** A schema without $ref and allOf at its own level; a text says why that cannot be. */
export function flatten(/** @type {any} */ root, /** @type {any} */ schema) {
  const seen = new Set();
  let steps = 0;
  const walk = (/** @type {any} */ one) => {
    if (one === true || one === undefined) return {};
    if (one === false) return { not: {} };
    if (!isObject(one)) throw new Error("Its schema is not one.");
    if (++steps > longestChain * 10 || seen.has(one)) throw new Error("Its schema goes in a circle.");
    seen.add(one);
    let made = one;
    if (one.$ref !== undefined) {
      const target = followReference(root, one.$ref);
      if (target === undefined) throw new Error("Its schema stands somewhere else.");
      const { $ref: _, ...beside } = one;
      made = mergeSchemas(beside, walk(target));
    }
    if (made.allOf !== undefined) {
      const { allOf, ...beside } = made;
      made = listOf(allOf).reduce((sum, part) => mergeSchemas(sum, walk(part)), beside);
    }
    seen.delete(one);
    // Merging may have put off a second anyOf; an allOf of plain choices is left to the server.
    if (made.allOf !== undefined && made !== one) {
      const { allOf, ...beside } = made;
      const choices = listOf(allOf).filter((part) => isObject(part) && (part.anyOf || part.oneOf) && Object.keys(part).length === 1);
      made = choices.length === listOf(allOf).length ? { ...beside, $left: true } : walk(made);
    }
    return made;
  };
  try {
    return { schema: walk(schema) };
  } catch (error) {
    return { reason: /** @type {Error} */ (error).message };
  }
}

const jsonTypes = ["string", "number", "integer", "boolean", "null", "array", "object"];

function typesOf(/** @type {Schema} */ schema) {
  const said = (Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]).filter((one) => jsonTypes.includes(one));
  if (said.length) return said.includes("number") ? said.filter((one) => one !== "integer") : said;
  const has = (/** @type {string[]} */ ...keys) => keys.some((key) => schema[key] !== undefined);
  if (has("properties", "required", "additionalProperties", "minProperties", "maxProperties")) return ["object"];
  if (has("items", "prefixItems", "minItems", "maxItems", "uniqueItems")) return ["array"];
  if (has("pattern", "minLength", "maxLength", "format", "contentMediaType", "contentEncoding")) return ["string"];
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) return ["number"];
  return [];
}

/** The one value that a schema allows, in a box; undefined where there are more. */
export function onlyValue(/** @type {any} */ root, /** @type {any} */ schema) {
  const flat = flatten(root, schema).schema;
  if (!flat) return undefined;
  if (Object.hasOwn(flat, "const")) return { value: flat.const };
  if (Array.isArray(flat.enum) && flat.enum.length === 1) return { value: flat.enum[0] };
  return undefined;
}

const shown = (/** @type {any} */ value) => (typeof value === "string" ? value : value?.text ?? JSON.stringify(value));

/** The values to choose from where all of a choice are fixed ones. */
function optionsOf(/** @type {any} */ root, /** @type {Schema} */ schema, /** @type {any[]} */ choices) {
  if (Array.isArray(schema.enum)) {
    const names = listOf(schema.enumNames ?? schema["x-enum-varnames"]);
    return schema.enum.map((value, at) => ({ value, label: text(names[at]) ?? shown(value) }));
  }
  if (Object.hasOwn(schema, "const")) return [{ value: schema.const, label: text(schema.title) ?? shown(schema.const) }];
  if (!choices.length) return undefined;
  /** @type {{value: any, label: string, description?: string}[]} */
  const all = [];
  for (const choice of choices) {
    const flat = flatten(root, choice).schema;
    if (!flat || flat.anyOf || flat.oneOf) return undefined;
    if (Object.hasOwn(flat, "const")) all.push({ value: flat.const, label: text(flat.title) ?? shown(flat.const), description: text(flat.description) });
    else if (Array.isArray(flat.enum)) all.push(...flat.enum.map((value) => ({ value, label: shown(value) })));
    else return undefined;
  }
  return all;
}

/** How a shape is called: by its title, what tells it from the others, what it needs, or its type. */
function nameOf(/** @type {any} */ root, /** @type {any} */ given, /** @type {Schema} */ base, /** @type {number} */ at) {
  const flat = flatten(root, given).schema ?? {};
  if (text(flat.title)) return flat.title;
  for (const inner of Object.values(isObject(flat.properties) ? flat.properties : {})) {
    const only = onlyValue(root, inner);
    if (only && typeof only.value === "string") {
      const title = text(flatten(root, inner).schema?.title);
      return title && Object.hasOwn(inner, "const") ? title : only.value;
    }
  }
  const named = typeof given?.$ref === "string" ? given.$ref.split("/").at(-1) : undefined;
  const own = listOf(flat.required).filter((name) => typeof name === "string" && !listOf(base.required).includes(name));
  if (own.length) return own.slice(0, 4).join(" + ");
  if (named) return named;
  const types = typesOf(flat);
  return types.length === 1 && types[0] !== "object" ? types[0] : `${at + 1}`;
}

function shapesOf(/** @type {any} */ root, /** @type {Schema} */ base, /** @type {any[]} */ choices) {
  const made = choices.slice(0, mostShapes).map((choice, at) => ({
    label: nameOf(root, choice, base, at), schema: Object.keys(base).length ? { allOf: [withoutWords(base), choice] } : choice,
  }));
  return made.map((one, at) => (made.findIndex((other) => other.label === one.label) === at ? one : { ...one, label: `${one.label} (${at + 1})` }));
}

const withoutWords = ({ title: _title, description: _description, default: _default, examples: _examples, ...rest }) => rest;

const left = ["not", "if", "then", "else", "dependentSchemas", "dependentRequired", "dependencies", "patternProperties", "propertyNames", "contains", "unevaluatedProperties", "unevaluatedItems", "$left"];

/** What a schema asks for at this level. @returns {Node} */
export function nodeOf(/** @type {any} */ root, /** @type {any} */ given) {
  const { schema, reason } = flatten(root, given);
  if (!schema) return { kind: "json", schema: {}, nullable: true, unchecked: [], reason };
  const both = [schema.anyOf, schema.oneOf].filter((one) => Array.isArray(one) && one.length);
  const { anyOf: _any, oneOf: _one, ...base } = schema;
  const isNull = (/** @type {any} */ one) => { const flat = flatten(root, one).schema; return flat?.type === "null" || (flat && Object.hasOwn(flat, "const") && flat.const === null); };
  const choices = both.length ? both[0].filter((/** @type {any} */ one) => !isNull(one)) : [];
  let nullable = schema.nullable === true || (both.length > 0 && choices.length < both[0].length);
  const unchecked = left.filter((key) => schema[key] !== undefined && !(key === "not" && schema.not === true)).concat(both.length > 1 ? ["oneOf"] : []);
  const words = { schema, title: text(schema.title), description: text(schema.description), ...(Object.hasOwn(schema, "default") && { initial: schema.default }), unchecked };
  let options = optionsOf(root, base, choices);
  if (options?.length) {
    nullable ||= options.some((one) => one.value === null);
    options = options.filter((one) => one.value !== null);
    return { kind: "choice", ...words, nullable, options };
  }
  // One of two of which the other is null is that one.
  if (choices.length === 1) {
    const inner = nodeOf(root, { allOf: [withoutWords(base), choices[0]] });
    return { ...inner, title: words.title ?? inner.title, description: words.description ?? inner.description, ...(Object.hasOwn(words, "initial") && { initial: words.initial }), nullable: nullable || inner.nullable };
  }
  if (choices.length > 1) return { kind: "choice", ...words, nullable, shapes: shapesOf(root, base, choices) };
  const types = typesOf(base);
  nullable ||= types.includes("null");
  const others = types.filter((one) => one !== "null");
  if (!others.length && types.length) return { kind: "null", ...words, nullable: true };
  if (others.length > 1) return { kind: "choice", ...words, nullable, shapes: others.map((type) => ({ label: type, schema: { ...withoutWords(base), type } })) };
  if (!others.length) return { kind: "json", ...words, nullable: true, reason: "It takes any value." };
  return { ...nodeOfType(others[0], base), ...words, nullable };
}

/** @returns {any} */
function nodeOfType(/** @type {string} */ type, /** @type {Schema} */ schema) {
  if (type === "string") return { kind: "string" };
  if (type === "number" || type === "integer") return { kind: "number", whole: type === "integer" };
  if (type === "boolean") return { kind: "boolean" };
  if (type === "array") {
    const prefix = listOf(schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined));
    const items = isObject(schema.items) || typeof schema.items === "boolean" ? schema.items : schema.additionalItems;
    return { kind: "array", prefix, items: items ?? (prefix.length ? true : {}) };
  }
  const properties = isObject(schema.properties) ? Object.entries(schema.properties).filter(([, inner]) => inner !== false) : [];
  const additional = schema.additionalProperties ?? true;
  if (!properties.length && additional === true && !listOf(schema.required).length) return { kind: "json", reason: "It takes any object.", takes: "object" };
  const required = new Set(listOf(schema.required).filter((name) => typeof name === "string"));
  for (const name of required) if (!properties.some(([known]) => known === name)) properties.push([name, isObject(additional) ? additional : {}]);
  return { kind: "object", properties, required, additional };
}

/** The arguments of a tool: always an object, whatever else its schema forgets to say. @returns {Node} */
export function rootNode(/** @type {any} */ schema) {
  const given = isObject(schema) ? schema : {};
  const node = nodeOf(given, given.type === undefined && !given.$ref ? { ...given, type: "object" } : given);
  if (node.kind === "object" || (node.kind === "choice" && node.shapes)) return node;
  if (node.kind === "json" && /** @type {any} */ (node).takes === "object") {
    const takesNothing = !Object.keys(given.properties ?? {}).length && (given.additionalProperties === undefined || given.additionalProperties === false);
    if (takesNothing) return { ...node, kind: "object", properties: [], required: new Set(), additional: given.additionalProperties ?? true };
  }
  return node.kind === "json" ? node : { ...node, kind: "json", reason: "Its schema does not describe an object." };
}

export { isObject };
/** Whether a value is of the type that a flat schema's node is for; used to find a value's shape. */
export function fitsKind(/** @type {Node} */ node, /** @type {any} */ value) {
  if (value === null) return node.nullable || node.kind === "null";
  if (node.options) return node.options.some((one) => same(one.value, value));
  if (node.kind === "string") return typeof value === "string";
  if (node.kind === "number") return isNumber(value);
  if (node.kind === "boolean") return typeof value === "boolean";
  if (node.kind === "array") return Array.isArray(value);
  if (node.kind === "object") return isObject(value);
  return node.kind !== "null";
}
