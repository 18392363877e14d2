// Runs the Inspector's command line; resolves to {code, stdout, stderr}. Its package looks for its own
// package.json relative to the working directory, so it must be started from the folder that holds it.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../node_modules/@modelcontextprotocol/inspector-cli/build/index.js", import.meta.url));

export function inspector(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...args], { cwd: dirname(entry), stdio: ["ignore", "pipe", "pipe"] });
    const result = { code: null, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => (result.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (result.stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...result, code }));
  });
}
