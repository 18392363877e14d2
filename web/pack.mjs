// node pack.mjs FOLDER OUT: what the binary embeds of a folder. OUT/web holds the bytes of each file under their hash,
// and beside them those of brotli and gzip where they are fewer; OUT/web.s takes them in, OUT/web_table.inc says which is
// which (cmake/embed.cmake writes the same form for files that are not compressed).
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [folder, out] = process.argv.slice(2).map((path) => resolve(path));
const bytes = join(out, "web");
const codings = {
  br: (data) => brotliCompressSync(data, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
  }),
  gz: (data) => gzipSync(data, { level: 9 }),
};

async function filesOf(place, before = "") {
  const found = [];
  for (const entry of await readdir(place, { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = before + entry.name;
    if (entry.isDirectory()) found.push(...(await filesOf(join(place, entry.name), `${path}/`)));
    else found.push(path);
  }
  return found;
}

// The same bytes are written once, so a second build compresses only what has changed.
async function keep(name, make) {
  const path = join(bytes, name);
  if (!existsSync(path)) {
    await writeFile(`${path}.new`, make());
    await rename(`${path}.new`, path);
  }
  return { path, size: (await readFile(path)).length };
}

async function pack(path) {
  const data = await readFile(join(folder, path));
  const hash = createHash("sha256").update(data).digest("hex").slice(0, 32);
  const forms = { identity: (await keep(hash, () => data)).path };
  for (const [ending, compress] of Object.entries(codings)) {
    const made = await keep(`${hash}.${ending}`, () => compress(data));
    if (made.size < data.length) forms[ending] = made.path;
  }
  return forms;
}

let assembly = ".section .rodata\n";
let declarations = "";
let rows = "";
await mkdir(bytes, { recursive: true });
// By bytes, as std::string_view orders them.
const order = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
for (const [number, path] of (await filesOf(folder)).sort(order).entries()) {
  const forms = await pack(path);
  const cells = ["identity", "br", "gz"].map((form) => {
    if (!forms[form]) return "{}";
    const label = `embedded_web_${number}_${form}`;
    assembly += `${label}:\n.incbin "${forms[form]}"\n${label}_end:\n.byte 0\n.global ${label}\n.global ${label}_end\n`;
    declarations += `extern const char ${label}[];\nextern const char ${label}_end[];\n`;
    return `{${label}, ${label}_end}`;
  });
  rows += `    {${JSON.stringify(path)}, ${cells.join(", ")}},\n`;
}
await writeFile(join(out, "web.s"), `${assembly}.section .note.GNU-stack,"",@progbits\n`);
await writeFile(join(out, "web_table.inc"),
  `extern "C" {\n${declarations}}\nnamespace {\nconst Row web_table[] = {\n${rows}};\n}\n`);
