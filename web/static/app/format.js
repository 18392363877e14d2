// @ts-check
// How times, durations, sizes and counts read. Pure: a given `now` makes them testable.

const steps = /** @type {const} */ ([
  ["year", 31_557_600], ["month", 2_629_800], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60],
]);

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 minutes ago", "in 2 days", "just now"; "never" without a time. */
export function ago(when, now = Date.now()) {
  if (when === null || when === undefined || when === "") return "never";
  const seconds = (new Date(when).getTime() - now) / 1000;
  if (Number.isNaN(seconds)) return "unknown";
  const size = Math.abs(seconds);
  for (const [unit, length] of steps) if (size >= length) return relative.format(Math.trunc(seconds / length), unit);
  return size < 10 ? "just now" : relative.format(Math.trunc(seconds), "second");
}

/** How dates can be written. */
export const dateStyles = {
  british: { example: "21 Nov 2026, 14:02", locale: "en-GB", dateStyle: "medium" },
  american: { example: "Nov 21, 2026, 2:02 PM", locale: "en-US", dateStyle: "medium" },
  iso: { example: "2026-11-21 14:02", locale: "sv-SE", dateStyle: "short" },
};

const chosen = { /** @type {string | undefined} */ zone: undefined, style: dateStyles.british };
/** What somebody chose in their profile: a time zone, and one of `dateStyles`. Without, the browser's zone. */
export function chooseFormats(/** @type {string | null} */ zone, /** @type {string | null} */ style) {
  chosen.style = dateStyles[style ?? ""] ?? dateStyles.british;
  chosen.zone = undefined;
  try {
    if (zone) chosen.zone = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    // A zone that this browser does not know.
  }
}

/** The whole date and time, in the given zone, the chosen one or the browser's. */
export function absolute(when, timeZone = chosen.zone) {
  if (!when) return "";
  const { locale, dateStyle } = chosen.style;
  return new Intl.DateTimeFormat(locale, { dateStyle: /** @type {any} */ (dateStyle), timeStyle: "medium", timeZone }).format(new Date(when));
}

/** The time of a day: "14:02". */
export function clock(when, timeZone = chosen.zone) {
  return new Intl.DateTimeFormat(chosen.style.locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(when));
}

/** "0.4 ms", "230 ms", "4.2 s", "3 min 5 s", "2 h 10 min". */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  if (milliseconds < 1) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** "812 B", "1.4 KB", "23 MB". */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  let value = count;
  for (const unit of ["B", "KB", "MB", "GB", "TB"]) {
    if (value < 1000 || unit === "TB") return `${unit === "B" || value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit}`;
    value /= 1000;
  }
  return "";
}

const grouped = new Intl.NumberFormat("en");
/** "1,204". */
export const count = (number) => grouped.format(number);

/** plural(1, "tool") is "1 tool"; plural(3, "person", "people") is "3 people". */
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** "a, b and c". */
export const list = (items) => new Intl.ListFormat("en", { type: "conjunction" }).format(items);

/** Up to two letters for a tile, and a hue that stays the same for the same name. */
export function tile(name) {
  const found = String(name).match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  const letters = found.length > 1 ? [...found[0]][0] + [...found[1]][0] : [...found[0]][0];
  let hue = 7;
  for (const letter of String(name)) hue = (hue * 31 + letter.codePointAt(0)) % 360;
  return { letters: letters.toUpperCase(), hue };
}

/** A slug out of a name: "My Server!" becomes "my-server". */
export const slugOf = (name) =>
  String(name).normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);

/** Whether a text looks like a key or token that was pasted into the wrong field. */
export function looksSecret(text) {
  const value = String(text).trim();
  if (/^bearer\s+\S{8,}/i.test(value)) return true;
  if (/^(sk|pk|rk|ghp|gho|ghu|ghs|github_pat|xox[abposr]|glpat|pbk|shpat|AKIA|AIza|ya29|eyJ)[-_A-Za-z0-9.]{12,}/.test(value)) return true;
  return /^\S{32,}$/.test(value) && /[0-9]/.test(value) && /[A-Za-z]/.test(value) && !/^https?:/i.test(value);
}

/** An address from outside as an href: only https, or http on loopback; else null. */
export function safeHref(text) {
  try {
    const url = new URL(text);
    if (url.username || url.password) return null;
    const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    return url.protocol === "https:" || (url.protocol === "http:" && loopback) ? url.href : null;
  } catch {
    return null;
  }
}

/** A foreign text cut into plain pieces and {badge} pieces for characters that hide or turn text around. */
export function piecesOf(text) {
  const pieces = [];
  let plain = "";
  for (const letter of String(text)) {
    const code = /** @type {number} */ (letter.codePointAt(0));
    const hidden = (code < 32 && code !== 9 && code !== 10 && code !== 13) || (code >= 0x7f && code <= 0x9f) || code === 0xad ||
      (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) ||
      code === 0xfeff || code === 0x61c || code === 0x180e || (code >= 0xe0000 && code <= 0xe007f);
    if (!hidden) {
      plain += letter;
      continue;
    }
    if (plain) pieces.push(plain);
    plain = "";
    pieces.push({ badge: `U+${code.toString(16).toUpperCase().padStart(4, "0")}` });
  }
  if (plain) pieces.push(plain);
  return pieces;
}

/** The same as one text, for labels, titles and sentences: a character that hides or turns text is named, as [U+202E]. */
export const plainName = (/** @type {string} */ text) => piecesOf(text).map((piece) => (typeof piece === "string" ? piece : `[${piece.badge}]`)).join("");
