// @ts-check
// What a browser says of itself, in two words. Pure.

const browsers = [[/Edg(e|A|iOS)?\//, "Edge"], [/OPR\//, "Opera"], [/SamsungBrowser\//, "Samsung Internet"], [/Firefox\/|FxiOS\//, "Firefox"], [/HeadlessChrome\/|Chrome\/|CriOS\//, "Chrome"], [/Safari\//, "Safari"]];
const systems = [[/iPhone|iPad|iPod/, "iOS"], [/Android/, "Android"], [/CrOS/, "ChromeOS"], [/Windows/, "Windows"], [/Mac OS X|Macintosh/, "macOS"], [/Linux|X11/, "Linux"]];

const nameIn = (table, text) => table.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** { browser, system }; null where it does not say. */
export const browserOf = (/** @type {string} */ userAgent) => ({ browser: nameIn(browsers, userAgent), system: nameIn(systems, userAgent) });
