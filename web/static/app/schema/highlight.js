// @ts-check
// JSON in colours: a text cut into pieces of one kind each, which become text nodes. Not a check: whatever it does not know
// is plain. Pure.

const token = /("(?:[^"\\\n]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\b(?:true|false|null)\b/g;

/** More than this is shown plain. */
export const mostCharacters = 200_000;

/** @returns {{kind: "" | "name" | "text" | "number" | "word", text: string}[]} */
export function piecesOfJson(/** @type {string} */ source) {
  if (source.length > mostCharacters) return [{ kind: "", text: source }];
  /** @type {{kind: "" | "name" | "text" | "number" | "word", text: string}[]} */
  const pieces = [];
  let end = 0;
  for (const found of source.matchAll(token)) {
    const text = found[1] ?? found[0];
    if (found.index > end) pieces.push({ kind: "", text: source.slice(end, found.index) });
    pieces.push({ kind: found[1] ? (found[2] ? "name" : "text") : /^[tfn]/.test(text) ? "word" : "number", text });
    end = found.index + text.length;
  }
  if (end < source.length) pieces.push({ kind: "", text: source.slice(end) });
  return pieces;
}
