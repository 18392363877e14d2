// @ts-check
// What this browser keeps for itself: choices that are nobody else's business. Without storage they hold until the page
// is closed.

const kept = new Map();

/** "" where nothing is kept. */
export function recall(/** @type {string} */ key) {
  try {
    return localStorage.getItem(`pb-${key}`) ?? "";
  } catch {
    return kept.get(key) ?? "";
  }
}

/** "" forgets. */
export function remember(/** @type {string} */ key, /** @type {string} */ value) {
  kept.set(key, value);
  try {
    if (value) localStorage.setItem(`pb-${key}`, value);
    else localStorage.removeItem(`pb-${key}`);
  } catch {
    // `kept` has it.
  }
}
