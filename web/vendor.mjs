// Makes static/vendor from node_modules: one module of Preact, its hooks, signals and htm; the icons that
// icons.json names as one sprite; their licences. `--check` only says whether what is there is what would be made.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";

const here = (path) => new URL(path, import.meta.url);
const read = (path) => readFile(here(path), "utf8");

// In order of use: each may import those before it.
const libraries = [
  ["preact", "preact", "dist/preact.mjs"],
  ["preact/hooks", "preact", "hooks/dist/hooks.mjs"],
  ["@preact/signals-core", "@preact/signals-core", "dist/signals-core.mjs"],
  ["@preact/signals", "@preact/signals", "dist/signals.mjs"],
  ["htm", "htm", "dist/htm.mjs"],
];

const pairs = (list) => list.split(",").map((one) => one.trim().split(" as "));

// A module as a function: its imports become reads of the modules before it, its exports what it gives back. It
// refuses what it does not understand, so an update cannot go wrong quietly.
function wrap(name, source) {
  const given = [];
  let body = source.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "");
  body = body.replace(/^import\{([^}]*)\}from"([^"]*)";/gm, "\0$1\0$2\0").replace(/import\{([^}]*)\}from"([^"]*)";/g, "\0$1\0$2\0");
  body = body.replace(/\0([^\0]*)\0([^\0]*)\0/g, (_, list, from) =>
    `const{${pairs(list).map(([theirs, ours = theirs]) => (theirs === ours ? ours : `${theirs}:${ours}`)).join(",")}}=modules[${JSON.stringify(from)}];`);
  body = body.replace(/export\{([^}]*)\}from"([^"]*)";/g, (_, list, from) => {
    given.push(...pairs(list).map(([ours, theirs = ours]) => `${theirs}:modules[${JSON.stringify(from)}].${ours}`));
    return "";
  });
  body = body.replace(/export\{([^}]*)\};?/g, (_, list) => {
    given.push(...pairs(list).map(([ours, theirs = ours]) => `${theirs}:${ours}`));
    return "";
  });
  body = body.replace(/export default function\(/, () => {
    given.push("default:exported");
    return "const exported=function(";
  });
  if (/(^|[;}\s])(import|export)[\s{*"]/.test(body)) throw new Error(`${name} imports or exports in a way that vendor.mjs does not know.`);
  return `modules[${JSON.stringify(name)}]=(()=>{${body}\nreturn{${given.join(",")}}})();\n`;
}

const names = (source) => [...source.matchAll(/return\{([^}]*)\}\}\)\(\);\n$/g)].flatMap(([, list]) => list.split(",").map((one) => one.split(":")[0]));

async function library() {
  let text = "";
  const all = new Map();
  for (const [name, folder, file] of libraries) {
    const { version, license } = JSON.parse(await read(`node_modules/${folder}/package.json`));
    const wrapped = wrap(name, await read(`node_modules/${folder}/${file}`));
    text += `/* ${name} ${version}, ${license}; see licenses.txt */\n${wrapped}`;
    for (const one of names(wrapped)) if (one !== "default") all.set(one, name);
  }
  const exported = [...all].map(([one, from]) => `${one}=modules[${JSON.stringify(from)}].${one}`);
  return `const modules={};\n${text}export const ${exported.join(",\n")};\nexport const html=modules.htm.default.bind(modules.preact.h);\n`;
}

async function sprite() {
  const symbols = [];
  for (const name of JSON.parse(await read("icons.json"))) {
    const svg = await read(`node_modules/lucide-static/icons/${name}.svg`);
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ").replace(/ ?(\/?>) ?/g, "$1");
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes.trim()}</symbol>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

async function licenses() {
  const parts = [["vendor/preact.js", ["preact", "@preact/signals-core", "@preact/signals", "htm"]], ["vendor/icons.svg", ["lucide-static"]]];
  let text = "What Patchbay's web UI is made with, beside its own code.\n";
  for (const [file, packages] of parts) {
    for (const name of packages) {
      const { version, license } = JSON.parse(await read(`node_modules/${name}/package.json`));
      const found = (await readdir(here(`node_modules/${name}`))).find((one) => /^licen[sc]e/i.test(one));
      const words = found ? (await read(`node_modules/${name}/${found}`)).trim() : `Licensed under ${license}.`;
      text += `\n${"=".repeat(78)}\n${file}: ${name} ${version} (${license})\n\n${words}\n`;
    }
  }
  return text;
}

const made = { "preact.js": await library(), "icons.svg": await sprite(), "licenses.txt": await licenses() };
const folder = here("static/vendor/");
if (process.argv.includes("--check")) {
  const there = await readdir(folder).catch(() => []);
  const wrong = [];
  for (const name of new Set([...there, ...Object.keys(made)])) {
    const text = there.includes(name) ? await readFile(new URL(name, folder), "utf8") : undefined;
    if (text !== made[name]) wrong.push(name);
  }
  if (wrong.length) {
    console.error(`web/static/vendor is not what vendor.mjs makes: ${wrong.join(", ")}. Run "node web/vendor.mjs".`);
    process.exit(1);
  }
} else {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(made)) await writeFile(new URL(name, folder), text);
}
