// @ts-check
// What a browser can tell of the way between it and the server. Pure: measuring is the page's.
import { duration } from "./format.js";
import { words } from "../i18n/en/settings.js";

const w = words.diagnostics;
const said = (id, status, message) => ({ id, status, message });

/** The address that was opened against the one that Patchbay gives out. */
export function checkAddress(opened, says) {
  const plain = says?.replace(/\/$/, "");
  if (!plain) return said("address", "skip", w.address.skip);
  return opened === plain ? said("address", "pass", w.address.pass) : said("address", "fail", w.address.fail(opened, plain));
}

/** `theirs` is the server's time at the middle between `asked` and `answered`, all in milliseconds; half a second is the Date header's own. */
export function checkClock(theirs, asked, answered) {
  if (!Number.isFinite(theirs)) return said("clock", "skip", w.clock.skip);
  const apart = (asked + answered) / 2 - theirs;
  const doubt = 1000 + (answered - asked) / 2;
  const size = Math.max(0, Math.abs(apart) - doubt);
  if (size < 30_000) return said("clock", "pass", w.clock.pass(Math.round(size / 1000)));
  return said("clock", size < 120_000 ? "warn" : "fail", w.clock.bad(duration(Math.abs(apart)), apart > 0));
}

export function checkSecure({ secure, clipboard, crypto }) {
  if (secure && clipboard && crypto) return said("secure", "pass", w.secure.pass);
  return secure ? said("secure", "fail", w.secure.fail) : said("secure", "warn", w.secure.warn);
}

/** When each event arrived, in milliseconds since it was asked for. The server sends `wanted`, one each second. */
export function checkStream(arrived, wanted = 5) {
  if (arrived.length < wanted) return said("stream", "fail", w.stream.cut);
  const spread = arrived[arrived.length - 1] - arrived[0];
  return spread < (wanted - 1) * 500 ? said("stream", "fail", w.stream.fail) : said("stream", "pass", w.stream.pass);
}

/** How many are wrong and want a look. */
export const tally = (checks) => ({ fail: checks.filter((one) => one.status === "fail").length, warn: checks.filter((one) => one.status === "warn").length });

/** The server's report and what the browser saw, without what names this installation. */
export function reportOf(report, checks, { agent, hosts }) {
  let text = checks.map((one) => `${one.status}  browser.${one.id}: ${one.message}`).join("\n");
  for (const host of [...hosts].filter((one) => one && one.length > 2).sort((a, b) => b.length - a.length)) text = text.replaceAll(host, "<host>");
  return `${report ? `${report.trimEnd()}\n` : ""}${agent}\n${text}\n`;
}
