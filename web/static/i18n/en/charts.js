import { clock, count, list, plural } from "../../app/format.js";

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const moment = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export const words = {
  view: (title) => `${title}: show as`, chart: "Chart", table: "Table", time: "Time", total: "All",
  day: (at) => day.format(at), hour: (at) => clock(at),
  span: (start, step) => (step >= 86_400_000 ? day.format(start) : `${moment.format(start)}–${clock(start + step)}`),
  counts: (total, what, parts, peak) => {
    if (total === 0) return `No ${what.many} in this time.`;
    const rest = parts.length ? `: ${list(parts)}` : "";
    return `${plural(total, what.one, what.many)}${rest}.${peak ? ` Most, ${count(peak.value)}, at ${peak.when}.` : ""}`;
  },
  line: (label, range, text) => `${label} between ${text(range.low)} and ${text(range.high)}, ${text(range.last)} at the end`,
  lines: (parts) => (parts.length ? `${list(parts)}.` : "Nothing was measured in this time."),
  trend: (label, range, text) => (range ? `${label}: between ${text(range.low)} and ${text(range.high)}, now ${text(range.last)}` : `${label}: nothing yet`),
};
