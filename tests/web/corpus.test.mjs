// corpora/webui.json, or another file of its form in the folder that PATCHBAY_CORPORA names, against the built binary in
// headless Chromium. At first every place shows harmless words, from which is learned what the pages are made of; then each
// case puts its payload in its place, or asks what it says of headers, cookies and limits. A case counts where its text was
// read as text, or was refused or left out by a rule of ours that is asked for as well. What is judged otherwise, still open
// or in no place of ours is said with its reason.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Scene, screens, visible } from "./support/corpus_scene.mjs";
import { places, runTool } from "./support/corpus_places.mjs";
import { answers } from "./support/corpus_answers.mjs";

const folder = process.env.PATCHBAY_CORPORA ?? fileURLToPath(new URL("../../../shared/corpora", import.meta.url));
const isThere = existsSync(`${folder}/webui.json`);
const cases = isThere ? JSON.parse(readFileSync(`${folder}/webui.json`, "utf8")).cases : [];
const sweeps = cases.filter((one) => one.topic === "xss_sweep");
const fails = ["no", "rpc", "tool"]; // what runTool can bring about
const only = process.env.PATCHBAY_CASE?.split(","); // a few of them, by their ids

const played = new Map(); // case id → { how, judged, open } or { unmapped }
let scene;

before(async () => {
  if (isThere) scene = await Scene.open();
});
after(async () => {
  await scene?.close();
  if (!isThere) return;
  const count = (test) => [...played.values()].filter(test).length;
  const by = (one) => one.how?.startsWith("by ");
  console.log(`webui.json: ${cases.length} cases, ${count((one) => !one.unmapped && !one.open)} green: ${count((one) => !one.open && !one.unmapped && !by(one))} played here (${count((one) => one.judged && !one.open)} of them judged otherwise in part), ${count(by)} by named tests; `
    + `${count((one) => one.open)} open, ${count((one) => one.unmapped)} not mapped, ${cases.length - played.size} not played or red`);
  for (const [id, { how, judged, open, unmapped }] of played) console.log(`  ${id}: ${[unmapped && `NOT MAPPED: ${unmapped}`, open && `OPEN: ${open}`, how, judged && `judged otherwise: ${judged}`].filter(Boolean).join("; ")}`);
});

if (!isThere) test("the corpus webui.json", () => console.log("The corpus webui.json is absent, so nothing of it was played. Set PATCHBAY_CORPORA to its folder."));
else play();

function play() {
  const chosen = cases.filter((one) => !only || only.includes(one.id));
  test("while every word is harmless, every place shows its words", async () => {
    await scene.plant("plain", () => undefined);
    scene.isReady = !chosen.some((one) => one.topic.startsWith("xss"));
    if (scene.isReady) return;
    for (const fail of fails) {
      await runTool(scene, "plain", fail);
      await scene.check(`a result (${fail})`);
    }
    const wordsOf = { "tool.name": "a_plain_name", scope_name: "plain", "yaml.name": "plain-name" };
    for (const where of new Set(chosen.filter((one) => one.topic === "xss").map((one) => one.where)))
      await places[where]?.({ scene, key: `plain-${where.replace(/\W/g, "-").toLowerCase()}`, text: wordsOf[where] ?? `Plain words of ${where}` });
    const { lists, ofOne } = screens(); // at the end, when there is something to draw
    for (const path of [...lists, ...ofOne.map((pathOf) => pathOf("plain"))]) {
      await scene.go(path, scene.page, ".skeleton, [aria-busy=true]");
      await scene.check(path);
    }
    scene.stage.allow(/status of 40[49]/, /\/oauth\/callback/); // a tool or setting that is not there; a sign-in that was refused
    scene.stage.assertQuiet();
    scene.isReady = true;
  });

  for (const one of chosen) {
    test(`${one.id} · ${one.topic}, ${one.where}`, async (t) => {
      assert.ok(scene?.isReady, "what the pages are made of is known");
      scene.learning = false;
      const way = wayOf(one);
      if (!way) return unmapped(t, one);
      const said = await way({ scene, one, key: one.id.toLowerCase().replace(/[^a-z0-9]+/g, "-"), text: one.payload });
      scene.stage.assertQuiet();
      const result = typeof said === "string" ? { how: said } : said;
      played.set(one.id, result);
      if (result.open) t.todo(result.open);
    });
  }
}

function wayOf(one) {
  if (one.topic === "xss") return places[one.where];
  if (one.topic === "xss_sweep") return sweep;
  return answers.find(([words]) => words.test(`${one.topic} ${one.where} ${one.expect}`))?.[1];
}

function unmapped(t, one) {
  const reason = `no place or rule of Patchbay is known by the words "${one.topic}, ${one.where}"`;
  played.set(one.id, { unmapped: reason });
  t.skip(reason);
}

/** All payloads are planted at once, so each list shows all of them; the screens of one thing show one payload in all fields. */
async function sweep({ one }) {
  const { lists, ofOne } = screens();
  const keyOf = (each) => `all-${sweeps.indexOf(each)}`;
  if (!scene.swept) {
    for (const each of sweeps) await scene.plant(keyOf(each), () => each.payload);
    for (const path of lists) {
      await scene.go(path, scene.page, ".skeleton, [aria-busy=true]");
      await scene.check(path);
    }
    scene.swept = lists.length;
  }
  for (const pathOf of ofOne) {
    await scene.go(pathOf(keyOf(one)));
    await scene.check(pathOf(keyOf(one)));
  }
  await scene.go(`/connections/${keyOf(one)}/overview`);
  await scene.shows(one.payload, "its own page");
  await runTool(scene, keyOf(one), fails[sweeps.indexOf(one) % fails.length]);
  await scene.shows(one.payload, "its result", scene.page, ".run-result");
  const how = `${scene.swept} lists with all payloads at once, ${ofOne.length} screens and a result with this one in every field`;
  const isTurned = one.payload !== visible(one.payload) && scene.unseen.size > 0;
  return isTurned ? { how, open: `it is text, but its direction characters are no badges (ui.md 5.5) on ${[...scene.unseen].join(", ")}` } : { how };
}
