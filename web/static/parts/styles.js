// @ts-check
// A style sheet that only some screens need. It stays once it is there.
import { useEffect, useState } from "../vendor/preact.js";
import { assets } from "../app/where.js";

const loaded = new Map();

function load(/** @type {string} */ file) {
  if (!loaded.has(file)) {
    loaded.set(file, new Promise((resolve) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = `${assets}/${file}`;
      link.onload = link.onerror = () => resolve(true);
      document.head.append(link);
    }));
  }
  return loaded.get(file);
}

/** Loads css/….css; answers whether it is there, so that a page can wait with what would jump. */
export function useStyles(/** @type {string} */ file) {
  const [there, setThere] = useState(false);
  useEffect(() => { load(file).then(() => setThere(true)); }, [file]);
  return there;
}
