// What the Run page is made of beside its form, without a browser: streams, commands for a shell, colours.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { EventReader, commandOf, curlOf, shellWord } from "../../web/static/app/call_tool.js";
import { piecesOfJson } from "../../web/static/app/schema/highlight.js";

test("37 · an event stream is the same however it is cut", () => {
  const long = "x".repeat(300_000);
  const text = `: first sign\n\nevent: progress\ndata: {"progress":1}\n\nevent: mcp_tool_result\r\ndata: a\r\ndata: ${long}\r\n\r\ndata:b\n\n`;
  const wanted = [{ type: "progress", data: '{"progress":1}' }, { type: "mcp_tool_result", data: `a\n${long}` }, { type: "message", data: "b" }];
  for (const size of [1, 7, 64, 65_537, 1_000_000]) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...reader.feed(text.slice(at, at + size)));
    assert.deepEqual(events, wanted, `pieces of ${size}`);
  }
});

test("what is copied for a shell says there exactly what was sent", () => {
  for (const text of ["plain", "it's", "", "$(touch x) `y` \\ \"z\"", "a\nb", "-e", "’\u202e"])
    assert.equal(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`]).toString(), text);
  const argumentsText = '{"text":"it\'s $HOME","n":90071992547409910}';
  const curl = curlOf({ url: "https://pb.example/x", name: "mcp__a__b", argumentsText });
  const words = execFileSync("sh", ["-c", `curl() { for one; do printf '%s\\0' "$one"; done; }; ${curl}`], { env: { PATCHBAY_TOKEN: "pbk_1" } }).toString().split("\0");
  assert.equal(words[1], "https://pb.example/x/v1/tools/call");
  assert.ok(words.includes("Authorization: Bearer pbk_1"));
  assert.equal(words.at(-2), `{"name":"mcp__a__b","arguments":${argumentsText}}`);
  const command = commandOf({ url: "https://pb.example/x", capability: "mcp:a:b", argumentsText });
  assert.deepEqual(execFileSync("sh", ["-c", `patchbay() { for one; do printf '%s\\0' "$one"; done; }; ${command}`]).toString().split("\0").slice(0, 5), ["call", "mcp:a:b", argumentsText, "--url", "https://pb.example/x"]);
});

test("coloured JSON is the text it was, whatever that is", () => {
  for (const text of ['{"a": [1, -2.5e3, true, null, "x\\"y"]}', "<img src=x>", '"open', "", "nulltrue 1x", '{"a"\n:\n1}']) assert.equal(piecesOfJson(text).map((one) => one.text).join(""), text);
  assert.deepEqual(piecesOfJson('{"a": "b"}').filter((one) => one.kind).map((one) => [one.kind, one.text]), [["name", '"a"'], ["text", '"b"']]);
  assert.equal(piecesOfJson(`"${"x".repeat(200_001)}"`).length, 1);
});
