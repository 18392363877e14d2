// @ts-check
// JSON that keeps numbers as they were typed: 90071992547409910 stays that, and 1.0 does not become 1. Pure.

/** A number whose text JavaScript would change. */
export class Exact {
  constructor(/** @type {string} */ text) { this.text = text; }
}

/** Why a text is no JSON, and where: line and column count from 1. */
export class JsonError extends Error {
  constructor(/** @type {string} */ message, /** @type {number} */ line, /** @type {number} */ column) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const deepest = 100;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const blank = /[ \t\n\r]*/y;
const plain = /[^"\\\u0000-\u001f]*/y;
const escapes = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Whether a text is a number as JSON writes it. */
export const isNumberText = (/** @type {string} */ text) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text);

/** A number as typed: a plain one where that says the same. */
export function numberOf(/** @type {string} */ text) {
  const value = Number(text);
  return String(value) === text ? value : new Exact(text);
}

class Reader {
  constructor(/** @type {string} */ text) {
    this.text = text;
    this.at = 0;
  }
  fail(/** @type {string} */ message, at = this.at) {
    const before = this.text.slice(0, at);
    const line = before.split("\n").length;
    throw new JsonError(message, line, at - before.lastIndexOf("\n"));
  }
  skip() {
    blank.lastIndex = this.at;
    blank.test(this.text);
    this.at = blank.lastIndex;
  }
  /** What stands here, in words. */
  here() {
    if (this.at >= this.text.length) return "the end";
    return `“${String.fromCodePoint(/** @type {number} */ (this.text.codePointAt(this.at)))}”`;
  }
  value(/** @type {number} */ depth) {
    if (depth > deepest) this.fail(`This is nested more than ${deepest} deep.`);
    const letter = this.text[this.at];
    if (letter === "{") return this.object(depth);
    if (letter === "[") return this.array(depth);
    if (letter === '"') return this.string();
    for (const [word, value] of /** @type {[string, any][]} */ ([["true", true], ["false", false], ["null", null]]))
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (!found) this.fail(letter === "'" ? "Texts stand in double quotes." : `A value should stand here, not ${this.here()}.`);
    this.at = number.lastIndex;
    return numberOf(/** @type {RegExpExecArray} */ (found)[0]);
  }
  object(/** @type {number} */ depth) {
    /** @type {Record<string, any>} */
    const made = {};
    this.at += 1;
    this.skip();
    if (this.text[this.at] === "}") return (this.at += 1), made;
    for (;;) {
      const start = this.at;
      if (this.text[this.at] !== '"') this.fail(this.text[this.at] === "}" ? "There is a comma too many before this." : `A name in double quotes should stand here, not ${this.here()}.`);
      const name = this.string();
      if (Object.hasOwn(made, name)) this.fail(`The name “${name}” is there twice.`, start);
      this.skip();
      if (this.text[this.at] !== ":") this.fail(`A colon should stand here, not ${this.here()}.`);
      this.at += 1;
      this.skip();
      const value = this.value(depth + 1);
      if (name === "__proto__") Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
      else made[name] = value;
      if (this.goesOn("}")) return made;
    }
  }
  array(/** @type {number} */ depth) {
    const made = [];
    this.at += 1;
    this.skip();
    if (this.text[this.at] === "]") return (this.at += 1), made;
    for (;;) {
      if (this.text[this.at] === "]") this.fail("There is a comma too many before this.");
      made.push(this.value(depth + 1));
      if (this.goesOn("]")) return made;
    }
  }
  /** Over a comma, or over what closes; says whether it closed. */
  goesOn(/** @type {string} */ closing) {
    this.skip();
    const letter = this.text[this.at];
    if (letter !== "," && letter !== closing) this.fail(`A comma or ${closing} should stand here, not ${this.here()}.`);
    this.at += 1;
    if (letter === ",") this.skip();
    return letter === closing;
  }
  string() {
    const start = this.at;
    let made = "";
    this.at += 1;
    for (;;) {
      plain.lastIndex = this.at;
      plain.test(this.text);
      made += this.text.slice(this.at, plain.lastIndex);
      this.at = plain.lastIndex;
      const letter = this.text[this.at];
      if (letter === '"') return (this.at += 1), made;
      if (letter === undefined) this.fail("This text has no closing quote.", start);
      if (letter !== "\\") this.fail("A line break or tab inside a text is written \\n or \\t.");
      made += this.escape();
    }
  }
  escape() {
    const letter = this.text[this.at + 1];
    if (letter === "u") {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("After \\u stand four hexadecimal digits.");
      this.at += 6;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (!(letter in escapes)) this.fail("There is no such escape in JSON.");
    this.at += 2;
    return escapes[letter];
  }
}

/** What a JSON text says; throws a JsonError that says where it goes wrong. */
export function readExact(/** @type {string} */ text) {
  const reader = new Reader(text);
  reader.skip();
  if (reader.at >= text.length) reader.fail("There is nothing here yet.");
  const value = reader.value(0);
  reader.skip();
  if (reader.at < text.length) reader.fail(`The JSON ends before this, but ${reader.here()} follows.`);
  return value;
}

const isBare = (/** @type {any} */ value) => value === null || typeof value !== "object" || value instanceof Exact;

/** JSON of a value, with `indent` blanks for each level, or on one line. What is undefined is left out. */
export function writeExact(/** @type {any} */ value, indent = 0, level = 0) {
  if (value instanceof Exact) return isNumberText(value.text) ? value.text : JSON.stringify(value.text);
  if (typeof value === "bigint") return String(value);
  if (isBare(value)) return JSON.stringify(value) ?? "null";
  const open = indent ? `\n${" ".repeat(indent * (level + 1))}` : "";
  const close = indent ? `\n${" ".repeat(indent * level)}` : "";
  const inner = (/** @type {any} */ one) => writeExact(one, indent, level + 1);
  if (Array.isArray(value)) {
    const items = value.filter((one) => one !== undefined).map(inner);
    return items.length ? `[${open}${items.join(`,${open}`)}${close}]` : "[]";
  }
  const members = Object.entries(value).filter(([, one]) => one !== undefined).map(([name, one]) => `${JSON.stringify(name)}:${indent ? " " : ""}${inner(one)}`);
  return members.length ? `{${open}${members.join(`,${open}`)}${close}}` : "{}";
}

/** A number's digits and its power of ten: "-1.20e3" is "-12" and 2. */
function decimal(/** @type {string} */ text) {
  const [, sign, whole, part = "", power = "0"] = /** @type {RegExpMatchArray} */ (text.match(/^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/));
  let digits = (whole + part).replace(/^0+/, "");
  let exponent = Number(power) - part.length;
  const kept = digits.replace(/0+$/, "");
  exponent += digits.length - kept.length;
  return kept ? { digits: sign + kept, exponent } : { digits: "0", exponent: 0 };
}

const textOf = (/** @type {any} */ value) => (value instanceof Exact ? value.text : Object.is(value, -0) ? "0" : String(value));
export const isNumber = (/** @type {any} */ value) => (value instanceof Exact && isNumberText(value.text)) || (typeof value === "number" && Number.isFinite(value));

/** Whether two numbers are the same, however they were written. */
export function sameNumber(/** @type {any} */ one, /** @type {any} */ other) {
  const a = decimal(textOf(one).replace("e+", "e"));
  const b = decimal(textOf(other).replace("e+", "e"));
  return a.digits === b.digits && a.exponent === b.exponent;
}

/** Whether a number is whole: 5, 5.0 and 5e3 are. */
export const isWhole = (/** @type {any} */ value) => decimal(textOf(value)).exponent >= 0;

/** Whether two JSON values are equal. */
export function same(/** @type {any} */ one, /** @type {any} */ other) {
  if (isNumber(one) && isNumber(other)) return sameNumber(one, other);
  if (isBare(one) || isBare(other)) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one)) return one.length === other.length && one.every((item, at) => same(item, other[at]));
  const names = Object.keys(one).filter((name) => one[name] !== undefined);
  const others = Object.keys(other).filter((name) => other[name] !== undefined);
  return names.length === others.length && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}
