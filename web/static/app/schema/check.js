// @ts-check
// Whether a value keeps to a schema, as far as a form can say; the server checks again. Errors carry the JSON Pointer of
// the field they belong to. Pure.
import { isNumber, isWhole, same, Exact } from "./exact.js";
import { fitsKind, isObject, nodeOf } from "./schema.js";
import { pointerOf, shapeOf, Unfinished } from "./model.js";
import { words } from "../../i18n/en/schema.js";

/** @typedef {{pointer: string, message: string}} Problem */

const longestPattern = 500;
const longestMatched = 2_000;
const patterns = new Map();

/**
 * Whether a pattern from outside cannot keep the page busy: no repetition of what repeats or branches, no back references.
 * Those that may are left to the server.
 */
export function isTame(/** @type {string} */ pattern) {
  if (pattern.length > longestPattern || /\\[1-9]|\\k</.test(pattern)) return false;
  /** @type {boolean[]} */
  const groups = [];
  let inClass = false;
  let repeats = 0;
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at];
    if (letter === "\\") at += 1;
    else if (inClass) inClass = letter !== "]";
    else if (letter === "[") inClass = true;
    else if (letter === "(") groups.push(false);
    else if (letter === "|" && groups.length) groups[groups.length - 1] = true;
    else if (letter === ")") {
      const wild = groups.pop() ?? false;
      const repeated = /^(?:[*+]|\{\d+(?:,\d*)?\})/.test(pattern.slice(at + 1));
      if (wild && repeated) return false;
      if ((wild || repeated) && groups.length) groups[groups.length - 1] = true;
    } else if (/[*+]/.test(letter) || (letter === "{" && /^\{\d+,\d*\}/.test(pattern.slice(at)))) {
      if (groups.length) groups[groups.length - 1] = true;
      repeats += 1;
    }
  }
  return repeats <= 12;
}

function compiled(/** @type {string} */ pattern) {
  if (!patterns.has(pattern)) {
    let made = null;
    if (isTame(pattern))
      for (const flags of ["u", ""]) {
        try {
          made ??= new RegExp(pattern, flags);
        } catch {
          // Another dialect: the server knows it.
        }
      }
    patterns.set(pattern, made);
  }
  return patterns.get(pattern);
}

const wordOf = { string: words.aText, number: words.aNumber, boolean: words.aBoolean, array: words.aList, object: words.anObject, null: "null", choice: words.oneOfThese, json: "JSON" };
const numberIn = (/** @type {any} */ one) => (isNumber(one) ? Number(one.text ?? one) : undefined);
const shown = (/** @type {any} */ one) => one?.text ?? String(one);

function checkText(/** @type {any} */ schema, /** @type {string} */ value) {
  const length = [...value.slice(0, 100_000)].length;
  const [least, most] = [numberIn(schema.minLength), numberIn(schema.maxLength)];
  if (least !== undefined && length < least) return value === "" ? words.needed : words.tooShort(least);
  if (most !== undefined && length > most) return words.tooLong(most);
  for (const pattern of [schema.pattern, ...(Array.isArray(schema.patterns) ? schema.patterns : [])]) {
    if (typeof pattern !== "string" || value.length > longestMatched) continue;
    const found = compiled(pattern);
    if (found && !found.test(value)) return words.pattern(pattern);
  }
  return null;
}

function checkNumber(/** @type {any} */ schema, /** @type {any} */ value, /** @type {boolean} */ whole) {
  if (whole && !isWhole(value)) return words.notWhole;
  const size = Number(value.text ?? value);
  const bounds = [numberIn(schema.minimum), numberIn(schema.maximum), numberIn(schema.exclusiveMinimum), numberIn(schema.exclusiveMaximum)];
  if (bounds[0] !== undefined && (size < bounds[0] || (schema.exclusiveMinimum === true && size === bounds[0]))) return words.tooSmall(shown(schema.minimum));
  if (bounds[1] !== undefined && (size > bounds[1] || (schema.exclusiveMaximum === true && size === bounds[1]))) return words.tooBig(shown(schema.maximum));
  if (bounds[2] !== undefined && size <= bounds[2]) return words.mustExceed(shown(schema.exclusiveMinimum));
  if (bounds[3] !== undefined && size >= bounds[3]) return words.mustBeBelow(shown(schema.exclusiveMaximum));
  const step = numberIn(schema.multipleOf);
  if (step && !(value instanceof Exact)) {
    const ratio = size / step;
    if (Math.abs(ratio - Math.round(ratio)) > 1e-9) return words.notMultiple(shown(schema.multipleOf));
  }
  return null;
}

class Checker {
  constructor(/** @type {any} */ root, /** @type {Record<string, number>} */ chosen) {
    this.root = root;
    this.chosen = chosen;
    /** @type {Problem[]} */
    this.problems = [];
    this.budget = 20_000;
  }
  say(/** @type {import("./model.js").Path} */ path, /** @type {string | null} */ message) {
    if (message) this.problems.push({ pointer: pointerOf(path), message });
  }
  value(/** @type {any} */ schema, /** @type {any} */ value, /** @type {import("./model.js").Path} */ path) {
    if (path.length > 60 || this.budget-- <= 0 || this.problems.length > 200) return;
    if (value instanceof Unfinished) return this.say(path, value.problem);
    const node = nodeOf(this.root, schema);
    if (value === null && node.nullable) return undefined;
    if (node.shapes) return this.value(node.shapes[shapeOf(this.root, node, value, this.chosen, path)].schema, value, path);
    if (node.options) return this.say(path, node.options.some((one) => same(one.value, value)) ? null : words.notOneOf);
    if (node.kind === "json") return this.say(path, /** @type {any} */ (node).takes === "object" && !fitsKind({ ...node, kind: "object" }, value) ? words.mustBe(words.anObject) : null);
    if (!fitsKind(node, value)) return this.say(path, words.mustBe(node.kind === "number" && node.whole ? words.aWholeNumber : wordOf[node.kind]));
    if (node.kind === "string") return this.say(path, checkText(node.schema, value));
    if (node.kind === "number") return this.say(path, checkNumber(node.schema, value, node.whole === true));
    if (node.kind === "array") return this.list(node, value, path);
    return node.kind === "object" ? this.object(node, value, path) : undefined;
  }
  list(/** @type {any} */ node, /** @type {any[]} */ value, /** @type {import("./model.js").Path} */ path) {
    const { minItems, maxItems, uniqueItems } = node.schema;
    const [least, most] = [numberIn(minItems), numberIn(maxItems)];
    if (least !== undefined && value.length < least) this.say(path, words.tooFew(least));
    else if (most !== undefined && value.length > most) this.say(path, words.tooMany(most));
    else if (uniqueItems === true && value.length <= 200 && value.some((one, at) => value.slice(0, at).some((other) => same(one, other)))) this.say(path, words.notUnique);
    value.forEach((one, at) => {
      if (one === undefined) this.say([...path, at], words.emptyItem);
      else this.value(node.prefix?.[at] ?? node.items, one, [...path, at]);
    });
  }
  object(/** @type {any} */ node, /** @type {any} */ value, /** @type {import("./model.js").Path} */ path) {
    const known = new Map(node.properties);
    for (const [name, inner] of node.properties) {
      if (Object.hasOwn(value, name)) this.value(inner, value[name], [...path, name]);
      else if (node.required.has(name)) this.say([...path, name], words.needed);
    }
    const more = Object.keys(value).filter((name) => !known.has(name));
    if (node.additional === false && more.length && !node.schema.patternProperties) for (const name of more) this.say([...path, name], words.notKnown(name));
    else if (isObject(node.additional)) for (const name of more) this.value(node.additional, value[name], [...path, name]);
    const least = numberIn(node.schema.minProperties);
    if (least !== undefined && Object.keys(value).length < least) this.say(path, words.tooFewMembers(least));
  }
}

/** What is wrong with `value`, first things first. `chosen` has the shapes that a form shows, by pointer. */
export function check(/** @type {any} */ root, /** @type {any} */ schema, /** @type {any} */ value, chosen = {}) {
  const checker = new Checker(root, chosen);
  checker.value(schema, value, []);
  return checker.problems;
}

/** What a tool says of its arguments in an error's text, by field: the lists of zod, ajv and pydantic. @returns {Problem[]} */
export function problemsIn(/** @type {string} */ text) {
  const start = text.indexOf("[");
  const end = text.lastIndexOf("]");
  if (start < 0 || end < start || text.length > 50_000) return [];
  let said;
  try {
    said = JSON.parse(text.slice(start, end + 1));
  } catch {
    return [];
  }
  return (Array.isArray(said) ? said : []).slice(0, 50).flatMap((one) => {
    const path = Array.isArray(one?.path) ? one.path : Array.isArray(one?.loc) ? one.loc : null;
    const message = one?.message ?? one?.msg;
    if (typeof message !== "string") return [];
    if (path) return [{ pointer: pointerOf(path), message }];
    return typeof one.instancePath === "string" ? [{ pointer: one.instancePath, message }] : [];
  });
}
