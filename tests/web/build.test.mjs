// How the web UI gets into the binary. Each name begins with the item of docs/ui.md, section 9.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const { stdout: commands } = await run("sh", ["-c", "for one in cmake ninja g++ gcc cc c++ as ld ar ranlib pkg-config sh env; do command -v $one; done; true"]);

// A PATH on which there are only the commands that a build without node takes.
async function withoutNode(folder) {
  await mkdir(folder);
  for (const command of commands.trim().split("\n")) await symlink(command, join(folder, command.split("/").pop()));
  return { ...process.env, PATH: folder };
}

// CMake looks beside PATH, too.
const nodes = (await run("sh", ["-c", "command -v node npm; for one in /usr/bin /usr/local/bin /bin; do echo $one/node; done"])).stdout
  .trim().split("\n").map((path) => dirname(path));

test("65 · without node the build embeds what the server-made pages need, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "patchbay-build-"));
  try {
    const env = await withoutNode(join(folder, "bin"));
    const options = ["-S", repository, "-B", join(folder, "tree"), "-G", "Ninja", "-DPATCHBAY_TESTS=OFF",
      `-DCMAKE_IGNORE_PATH=${[...new Set(nodes)].join(";")}`];
    const refused = await run("cmake", options, { env }).catch((error) => error);
    assert.match(refused.stderr, /PATCHBAY_UI=OFF/);
    await run("cmake", [...options, "-DPATCHBAY_UI=OFF"], { env });
    await run("ninja", ["-C", join(folder, "tree"), "patchbay_embedded"], { env });
    const table = await readFile(join(folder, "tree/embedded/pages/web_table.inc"), "utf8");
    assert.deepEqual(table.match(/^ {4}\{"[^"]*"/gm).map((row) => row.slice(6, -1)), ["callback.js", "page.css", "welcome.js"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
