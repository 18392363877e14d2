// @ts-check
// The arguments while they are being filled in: a JSON value in which what is not there is not sent. Pure; every change
// gives a new value.
import { Exact, isNumberText, numberOf, readExact, same } from "./exact.js";
import { fitsKind, isObject, nodeOf, onlyValue } from "./schema.js";

/** @typedef {(string | number)[]} Path */

/** A part that is typed as JSON and is none yet. Written as text, so that nothing typed is lost. */
export class Unfinished extends Exact {
  constructor(/** @type {string} */ text, /** @type {string} */ problem) {
    super(text);
    this.problem = problem;
  }
}

/** "/a~1b/0" for ["a/b", 0]. */
export const pointerOf = (/** @type {Path} */ path) => path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export function valueAt(/** @type {any} */ value, /** @type {Path} */ path) {
  for (const part of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** The value with another at `path`; undefined takes a member away, and leaves a gap in a list. Objects on the way are made. */
export function withAt(/** @type {any} */ value, /** @type {Path} */ path, /** @type {any} */ next) {
  if (!path.length) return next;
  const [part, ...rest] = path;
  if (Array.isArray(value)) return value.map((one, at) => (at === part ? withAt(one, rest, next) : one));
  const was = isObject(value) ? value : {};
  const inner = withAt(Object.hasOwn(was, part) ? was[part] : undefined, rest, next);
  const made = { ...was };
  if (inner === undefined) delete made[part];
  else Object.defineProperty(made, part, { value: inner, enumerable: true, configurable: true, writable: true });
  return made;
}

/** What a number's field holds: a number as typed, or the text where it is none. Nothing for nothing. */
export function numberTyped(/** @type {string} */ text) {
  const trimmed = text.trim();
  if (!trimmed) return undefined;
  return isNumberText(trimmed) ? numberOf(trimmed) : trimmed;
}

export const numberText = (/** @type {any} */ value) => (value === undefined || value === null ? "" : value instanceof Exact ? value.text : typeof value === "object" ? "" : String(value));

/** What a field of JSON holds. */
export function jsonTyped(/** @type {string} */ text) {
  if (!text.trim()) return undefined;
  try {
    return readExact(text);
  } catch (error) {
    const { line, column, message } = /** @type {any} */ (error);
    return new Unfinished(text, `Line ${line}, column ${column}: ${message}`);
  }
}

const deepest = 8;

/** With everything that can only be one way: fixed values, and objects that must be there. */
export function complete(/** @type {any} */ root, /** @type {any} */ schema, /** @type {any} */ value, chosen = {}, /** @type {Path} */ path = []) {
  if (path.length > deepest) return value;
  let node = nodeOf(root, schema);
  if (node.shapes) {
    if (value === undefined) return value;
    return complete(root, node.shapes[shapeOf(root, node, value, chosen, path)].schema, value, chosen, path);
  }
  if (Array.isArray(value) && node.kind === "array") return value.map((one, at) => complete(root, node.prefix?.[at] ?? node.items, one, chosen, [...path, at]));
  if (node.kind !== "object" || !isObject(value)) return value;
  let made = value;
  for (const [name, inner] of node.properties ?? []) {
    const has = Object.hasOwn(value, name);
    let next = has ? value[name] : undefined;
    if (!has && node.required?.has(name)) {
      const only = onlyValue(root, inner);
      next = only ? only.value : nodeOf(root, inner).kind === "object" && !nodeOf(root, inner).nullable ? {} : undefined;
    }
    const whole = next === undefined ? undefined : complete(root, inner, next, chosen, [...path, name]);
    if (whole !== undefined && (!has || whole !== value[name])) made = withAt(made, [name], whole);
  }
  return made;
}

/** What stands there once a part is added: the least that is of its kind; undefined where that must be chosen first. */
export function beginning(/** @type {any} */ root, /** @type {any} */ schema) {
  const only = onlyValue(root, schema);
  if (only) return only.value;
  const node = nodeOf(root, schema);
  if (node.kind === "object") return complete(root, schema, {});
  if (node.kind === "array") return [];
  if (node.kind === "string") return "";
  if (node.kind === "null") return null;
  if (node.shapes) return beginning(root, node.shapes[0].schema);
  return undefined;
}

let budget = 0;
/** How badly a value fits: 0 is well. A wrong fixed value weighs more than all else. */
function misfit(/** @type {any} */ root, /** @type {any} */ schema, /** @type {any} */ value, depth = 0) {
  if (depth > 6 || budget-- <= 0) return 0;
  const node = nodeOf(root, schema);
  if (!fitsKind(node, value)) return node.options ? 50 : 100;
  if (value === null || node.kind === "json") return 0;
  if (node.shapes) return Math.min(...node.shapes.map((shape) => misfit(root, shape.schema, value, depth + 1)));
  if (node.kind === "array") return value.slice(0, 5).reduce((sum, one, at) => sum + (one === undefined ? 0 : misfit(root, node.prefix?.[at] ?? node.items, one, depth + 1) / 10), 0);
  if (node.kind !== "object") return 0;
  let sum = 0;
  const known = new Map(node.properties);
  for (const name of Object.keys(value)) {
    if (!known.has(name)) sum += node.additional === false ? 20 : 2;
    else sum += misfit(root, known.get(name), value[name], depth + 1) * (onlyValue(root, known.get(name)) ? 10 : 0.5);
  }
  for (const name of node.required ?? []) if (!Object.hasOwn(value, name) && !onlyValue(root, known.get(name))) sum += 5;
  return sum;
}

/** Which of a choice's shapes a value has: the one chosen in the form, else the one it fits best. */
export function shapeOf(/** @type {any} */ root, /** @type {any} */ node, /** @type {any} */ value, /** @type {Record<string, number>} */ chosen = {}, /** @type {Path} */ path = []) {
  budget = 20_000;
  const wanted = chosen[pointerOf(path)];
  if (value === undefined) return wanted ?? 0;
  const fits = node.shapes.map((/** @type {any} */ shape) => misfit(root, shape.schema, value));
  const best = fits.indexOf(Math.min(...fits));
  return wanted !== undefined && wanted < fits.length && fits[wanted] < 50 ? wanted : best;
}

/** A value taken into another shape: what that knows too is kept, and its fixed values are set. */
export function intoShape(/** @type {any} */ root, /** @type {any} */ schema, /** @type {any} */ value) {
  const node = nodeOf(root, schema);
  if (node.kind !== "object") return fitsKind(node, value) && value !== undefined ? value : beginning(root, schema);
  if (!isObject(value)) return beginning(root, schema);
  /** @type {Record<string, any>} */
  let kept = {};
  for (const [name, inner] of node.properties ?? []) {
    const only = onlyValue(root, inner);
    if (!Object.hasOwn(value, name)) continue;
    if (only && !same(only.value, value[name])) continue;
    kept = withAt(kept, [name], value[name]);
  }
  return complete(root, schema, kept);
}
