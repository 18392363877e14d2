// The Run form's pure modules: JSON with exact numbers, what a schema asks for, what is filled in, what is wrong with it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Exact, JsonError, isNumberText, isWhole, readExact, same, writeExact } from "../../web/static/app/schema/exact.js";
import { flatten, followReference, nodeOf, rootNode } from "../../web/static/app/schema/schema.js";
import { beginning, complete, intoShape, jsonTyped, numberTyped, pointerOf, shapeOf, valueAt, withAt } from "../../web/static/app/schema/model.js";
import { check, isTame, problemsIn } from "../../web/static/app/schema/check.js";

const plain = (value) => JSON.parse(JSON.stringify(value));
const failure = (text) => {
  try {
    readExact(text);
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error));
    return [error.line, error.column];
  }
  return assert.fail(`${text} was read`);
};

test("33 · numbers are written as they were typed", () => {
  for (const text of ["90071992547409910", "1.0", "1e5", "-0", "0.1", "123456789012345678901234567890", "-1.20E+3", "5"])
    assert.equal(writeExact(readExact(text)), text);
  assert.equal(writeExact(readExact('{"a":[1.50,{"b":9007199254740993}]}')), '{"a":[1.50,{"b":9007199254740993}]}');
  assert.ok(numberTyped("90071992547409910") instanceof Exact);
  assert.equal(numberTyped(" 7 "), 7);
  for (const text of ["007", "+5", "1.", ".5", "0x10", "1,5", "NaN", "Infinity", "1e"]) {
    assert.equal(isNumberText(text), false, text);
    assert.equal(numberTyped(text), text);
  }
  assert.equal(numberTyped("  "), undefined);
});

test("numbers are compared by what they mean", () => {
  assert.ok(same(new Exact("1.0"), 1) && same(new Exact("1e3"), 1000) && same(new Exact("100e-2"), 1));
  assert.ok(same(new Exact("90071992547409910"), new Exact("9007199254740991e1")));
  assert.ok(!same(new Exact("90071992547409911"), new Exact("90071992547409910")));
  assert.ok(isWhole(new Exact("5.0")) && isWhole(1e21) && !isWhole(1.5) && !isWhole(new Exact("15e-1")));
  assert.ok(same({ a: [1, null], b: "x" }, { b: "x", a: [new Exact("1.0"), null] }) && !same({ a: 1 }, { a: 1, b: 2 }) && !same([1], { 0: 1 }));
});

test("34 · what is no JSON is said with line and column", () => {
  assert.deepEqual(failure('{\n  "a": 1,\n  b: 2\n}'), [3, 3]);
  assert.deepEqual(failure('{"a": 1,}'), [1, 9]);
  assert.deepEqual(failure("[1 2]"), [1, 4]);
  assert.deepEqual(failure('{"a": 01}'), [1, 8]);
  assert.deepEqual(failure("{'a': 1}"), [1, 2]);
  assert.deepEqual(failure('["a\nb"]'), [1, 4]);
  assert.deepEqual(failure('["abc'), [1, 2]);
  assert.deepEqual(failure('{"a":1,"a":2}'), [1, 8]);
  assert.deepEqual(failure(""), [1, 1]);
  assert.deepEqual(failure("{} x"), [1, 4]);
  assert.deepEqual(failure("[".repeat(5000)), [1, 102]);
  for (const text of ['"\\x"', '"\\u12g4"', "tru", "[,]", '{"a"}', '{"a":}', "-"]) failure(text);
});

test("JSON that is read and written means the same as by the browser", () => {
  const values = [{}, [], [[], {}], "é\u2028\ud800\"\\\n", { "": 0, __proto__x: 1, "a/b": [true, false, null] }, 0.1, -5, "x".repeat(100_000)];
  for (const value of values) {
    const text = JSON.stringify(value);
    assert.equal(writeExact(readExact(text)), text);
    assert.equal(writeExact(value, 2), JSON.stringify(value, null, 2));
    assert.ok(same(readExact(JSON.stringify(value, null, 3)), value));
  }
  const odd = readExact('{"__proto__": {"polluted": 1}, "a": 2}');
  assert.equal({}.polluted, undefined);
  assert.equal(odd.polluted, undefined);
  assert.equal(writeExact(odd), '{"__proto__":{"polluted":1},"a":2}');
  assert.equal(writeExact({ a: undefined, b: [1, undefined, 2] }), '{"b":[1,2]}');
});

test("five megabytes of JSON are read in time", () => {
  const text = JSON.stringify({ rows: Array.from({ length: 40_000 }, (_, at) => ({ at, name: `row ${at}`, text: "x".repeat(80) })) });
  const before = process.cpuUsage();
  readExact(text);
  assert.ok(process.cpuUsage(before).user < 1_500_000);
});

test("33 · references are followed, never in a circle, and never elsewhere", () => {
  const root = { $defs: { "a/b": { type: "string", title: "A" }, loop: { $ref: "#/$defs/loop" }, ping: { $ref: "#/$defs/pong" }, pong: { $ref: "#/$defs/ping" }, named: { $anchor: "here", type: "integer" } } };
  assert.equal(followReference(root, "#/$defs/a~1b").title, "A");
  assert.equal(followReference(root, "#here").type, "integer");
  assert.equal(followReference(root, "#/$defs/constructor"), undefined);
  assert.equal(followReference(root, "#/%zz"), undefined);
  const node = nodeOf(root, { $ref: "#/$defs/a~1b", description: "beside" });
  assert.deepEqual([node.kind, node.title, node.description], ["string", "A", "beside"]);
  for (const reference of ["#/$defs/loop", "#/$defs/ping"]) assert.match(nodeOf(root, { $ref: reference }).reason, /circle/);
  assert.match(nodeOf(root, { $ref: "https://example.com/schema.json" }).reason, /somewhere else/);
  const tree = { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } };
  let one = rootNode(tree);
  for (let depth = 0; depth < 20; depth++) one = nodeOf(tree, nodeOf(tree, one.properties[0][1]).items);
  assert.equal(one.kind, "object");
});

test("allOf is merged: what both ask for counts", () => {
  const { schema } = flatten({}, { allOf: [{ type: "object", properties: { a: { type: "number", minimum: 1 } }, required: ["a"] }, { properties: { a: { type: "integer", minimum: 3 }, b: {} }, required: ["b"], additionalProperties: false }] });
  assert.deepEqual(schema.required, ["a", "b"]);
  assert.equal(schema.additionalProperties, false);
  const a = nodeOf({}, schema.properties.a);
  assert.equal(a.kind, "number");
  assert.equal(a.whole, true);
  assert.equal(a.schema.minimum, 3);
  assert.deepEqual(flatten({}, { allOf: [{ enum: [1, 2, 3] }, { enum: [2, 3, 4] }] }).schema.enum, [2, 3]);
  assert.equal(check({}, { allOf: [{ pattern: "^a" }, { pattern: "z$" }] }, "ab")[0]?.message.includes("z$"), true);
});

test("33 · a choice with null is the other, optional; a choice of fixed values is a list of them", () => {
  for (const schema of [{ anyOf: [{ type: "integer" }, { type: "null" }] }, { type: ["integer", "null"] }, { type: "integer", nullable: true }, { oneOf: [{ const: null }, { type: "integer" }] }]) {
    const node = nodeOf({}, schema);
    assert.deepEqual([node.kind, node.nullable], ["number", true], JSON.stringify(schema));
    assert.deepEqual(check({}, schema, null), []);
  }
  const titled = nodeOf({}, { oneOf: [{ const: 1, title: "One" }, { const: 2, title: "Two" }, { const: "x" }] });
  assert.deepEqual(titled.options.map((one) => [one.value, one.label]), [[1, "One"], [2, "Two"], ["x", "x"]]);
  assert.deepEqual(nodeOf({}, { enum: [1, "1", true, null], enumNames: ["eins"] }).options.map((one) => one.label), ["eins", "1", "true"]);
  assert.deepEqual(nodeOf({}, { type: ["string", "integer"] }).shapes.map((one) => one.label), ["string", "integer"]);
  assert.equal(nodeOf({}, {}).kind, "json");
  assert.equal(nodeOf({}, { minimum: 1 }).kind, "number");
});

const pets = {
  type: "object", properties: { name: { type: "string" } }, required: ["name"],
  anyOf: [
    { properties: { kind: { const: "cat" }, lives: { type: "integer" } }, required: ["kind"] },
    { properties: { kind: { const: "dog" }, tricks: { type: "array", items: { type: "string" } } }, required: ["kind", "tricks"] },
  ],
};

test("33 · a choice at the root is a shape, called by what tells it apart, and kept by what is filled in", () => {
  const node = rootNode(pets);
  assert.deepEqual(node.shapes.map((one) => one.label), ["cat", "dog"]);
  assert.equal(shapeOf(pets, node, { kind: "dog", tricks: [] }), 1);
  assert.equal(shapeOf(pets, node, { name: "x", lives: 3 }), 0);
  assert.equal(shapeOf(pets, node, {}, { "": 1 }), 1);
  const cat = intoShape(pets, node.shapes[0].schema, { name: "Kit", tricks: ["sit"], kind: "dog" });
  assert.deepEqual(plain(cat), { name: "Kit", kind: "cat" });
  assert.deepEqual(plain(complete(pets, pets, { name: "Kit" }, { "": 1 })), { name: "Kit", kind: "dog" });
  assert.deepEqual(check(pets, pets, { name: "Rex", kind: "dog" }).map((one) => one.pointer), ["/tricks"]);
  const byNeed = rootNode({ properties: { a: {}, b: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] });
  assert.deepEqual(byNeed.shapes.map((one) => one.label), ["a", "b"]);
  assert.equal(nodeOf({}, byNeed.shapes[0].schema).properties.length, 2);
});

test("32 · what is not there stays away: nothing is made of an optional part", () => {
  const schema = { type: "object", required: ["must", "fixed", "box"], properties: {
    must: { type: "string" }, text: { type: "string", default: "x" }, number: { type: "number" }, list: { type: "array" }, thing: { type: "object", properties: { a: { const: 1 } }, required: ["a"] },
    truth: { type: "boolean" }, fixed: { const: "v1" }, box: { type: "object", properties: { kind: { enum: ["only"] }, more: { type: "string" } }, required: ["kind"] } } };
  assert.deepEqual(plain(complete(schema, schema, {})), { fixed: "v1", box: { kind: "only" } });
  assert.deepEqual(plain(complete(schema, schema, { thing: {} })), { thing: { a: 1 }, fixed: "v1", box: { kind: "only" } });
  assert.deepEqual(plain(beginning(schema, schema.properties.thing)), { a: 1 });
  assert.equal(beginning(schema, schema.properties.truth), undefined);
  let value = withAt({}, ["a", "b"], 1);
  assert.deepEqual(value, { a: { b: 1 } });
  value = withAt(value, ["a", "b"], undefined);
  assert.deepEqual(value, { a: {} });
  assert.deepEqual(withAt({ l: [1, 2] }, ["l", 1], 9), { l: [1, 9] });
  assert.equal(valueAt({ l: [{ x: 1 }] }, ["l", 0, "x"]), 1);
  assert.equal(valueAt({}, ["constructor"]), undefined);
  assert.equal(pointerOf(["a/b", 0, "c~d"]), "/a~1b/0/c~0d");
});

test("35 · what is wrong is tied to its field", () => {
  const schema = { type: "object", additionalProperties: false, required: ["id", "n"], properties: {
    id: { type: "string", pattern: "^[A-Z]{2}-\\d+$" }, n: { type: "integer", minimum: 1, exclusiveMaximum: 10 }, step: { type: "number", multipleOf: 0.1 },
    list: { type: "array", items: { type: "object", properties: { x: { type: "number" } }, required: ["x"] }, minItems: 1, uniqueItems: true }, pick: { enum: [1, 2] } } };
  const wrong = (value) => check(schema, schema, value).map((one) => one.pointer);
  assert.deepEqual(wrong({}), ["/id", "/n"]);
  assert.deepEqual(wrong({ id: "AB-1", n: 9 }), []);
  assert.deepEqual(wrong({ id: "ab", n: 10 }), ["/id", "/n"]);
  assert.deepEqual(wrong({ id: "AB-1", n: "5" }), ["/n"]);
  assert.deepEqual(wrong({ id: "AB-1", n: 1.5 }), ["/n"]);
  assert.deepEqual(wrong({ id: "AB-1", n: new Exact("2.0"), step: 0.3, pick: new Exact("2.0") }), []);
  assert.deepEqual(wrong({ id: "AB-1", n: 1, list: [{}, { x: 1 }, undefined] }), ["/list/0/x", "/list/2"]);
  assert.deepEqual(wrong({ id: "AB-1", n: 1, list: [{ x: 1 }, { x: new Exact("1.0") }] }), ["/list"]);
  assert.deepEqual(wrong({ id: "AB-1", n: 1, list: [], more: 1, pick: 3 }), ["/list", "/pick", "/more"]);
  assert.deepEqual(check(schema, schema, { id: "AB-1", n: 1, list: jsonTyped("[1,") }).map((one) => one.message), ["Line 1, column 4: A value should stand here, not the end."]);
});

test("a pattern that could keep the page busy is left to the server", () => {
  for (const pattern of ["(a+)+$", "(a|a)*b", "((ab)*)*", "(x{2,}){3,}", "(.*a){20}", "(a)\\1"]) assert.equal(isTame(pattern), false, pattern);
  for (const pattern of ["^[a-z]+@[a-z.]+$", "^(foo|bar)$", "^\\d{4}-\\d{2}(-\\d{2})?$", "[(+]+", "^(?:[0-9a-f]{2}){4}$"]) assert.equal(isTame(pattern), true, pattern);
  const before = performance.now();
  assert.deepEqual(check({}, { type: "string", pattern: "^(a+)+$" }, `${"a".repeat(40)}!`), []);
  assert.ok(performance.now() - before < 500);
});

test("what a tool says of its arguments finds their fields", () => {
  assert.deepEqual(problemsIn('MCP error -32602: Invalid arguments for tool x: [\n {"code":"too_small","path":["a",0],"message":"Too small"}]'), [{ pointer: "/a/0", message: "Too small" }]);
  assert.deepEqual(problemsIn('[{"instancePath":"/b","message":"must be"}]'), [{ pointer: "/b", message: "must be" }]);
  assert.deepEqual(problemsIn('x [{"loc":["c"],"msg":"needed"}] y'), [{ pointer: "/c", message: "needed" }]);
  assert.deepEqual(problemsIn("no list [here"), []);
});

test("a schema from outside is never trusted to be one", () => {
  const hostile = [null, 7, "x", [], true, false, { type: 7 }, { type: ["nothing"] }, { properties: [] }, { properties: { a: null, b: 3, __proto__: 1 } }, { required: "a" }, { enum: "x" }, { enum: [] }, { anyOf: {} }, { anyOf: [null, 3] },
    { allOf: [null, { allOf: "x" }] }, { $ref: 5 }, { $ref: "#" }, { items: [1, null] }, { minLength: {}, pattern: 5, type: "string" }, { oneOf: [{ anyOf: [{ oneOf: [] }] }] }, { allOf: [{ anyOf: [{}] }, { anyOf: [{}] }, { anyOf: [{ const: 1 }] }] }, { const: undefined }, { additionalProperties: 5 }, { prefixItems: 3 }];
  for (const inner of hostile)
    for (const schema of [inner, { type: "object", properties: { p: inner }, required: ["p"] }]) {
      const root = rootNode(schema);
      assert.ok(["object", "choice", "json"].includes(root.kind), JSON.stringify(schema));
      for (const value of [{}, { p: 1 }, { p: "x" }, { p: [1] }, { p: { q: null } }]) {
        check(schema, schema, value);
        complete(schema, schema, value);
      }
      beginning(schema, schema);
    }
  const wide = { anyOf: Array.from({ length: 500 }, (_, at) => ({ properties: { [`p${at}`]: { $ref: "#" } } })) };
  const before = performance.now();
  check(wide, wide, { p1: { p2: { p3: { p4: {} } } } });
  assert.ok(performance.now() - before < 2000, `${performance.now() - before} ms`);
});
