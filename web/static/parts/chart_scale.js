// @ts-check
// The arithmetic of charts: scales, ticks, buckets, stacks. Pure; what is drawn is in chart_*.js.

/** A round top for the y axis and its ticks, from 0: niceScale(83) is { max: 100, ticks: [0, 25, 50, 75, 100] }. */
export function niceScale(/** @type {number} */ most, steps = 4, { whole = false } = {}) {
  const top = most > 0 && Number.isFinite(most) ? most : 1;
  const raw = top / steps;
  const power = 10 ** Math.floor(Math.log10(raw));
  let step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= raw * (1 - 1e-9)) ?? 10) * power;
  if (whole) step = Math.max(1, Math.ceil(step));
  const count = Math.ceil(top / step - 1e-9);
  const round = (value) => Number(value.toPrecision(12));
  return { max: round(count * step), ticks: Array.from({ length: count + 1 }, (_, at) => round(at * step)) };
}

/** A function from values between `from` and `to` to places between `start` and `end`. */
export const linear = (from, to, start, end) => (value) => (to === from ? start : start + ((value - from) / (to - from)) * (end - start));

const minute = 60_000, hour = 60 * minute, day = 24 * hour;
const steps = [minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day];

/** Moments for the x axis, at most `most`, at round local times: { at, isDay }. `offset(at)` is the zone's distance to UTC in ms. */
export function timeTicks(from, to, most = 6, offset = (at) => -new Date(at).getTimezoneOffset() * minute) {
  if (!(to > from)) return [];
  const step = steps.find((one) => (to - from) / one <= most + 0.5) ?? Math.ceil((to - from) / most / (28 * day)) * 28 * day;
  const ticks = [];
  const shift = offset(from);
  for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step) {
    const moved = shift - offset(at); // where summer time begins or ends in between
    const moment = step >= 2 * hour ? at + moved : at;
    if (moment >= from && moment <= to) ticks.push({ at: moment, isDay: (moment + offset(moment)) % day === 0 });
  }
  return ticks;
}

export const totalOf = (bucket, keys) => keys.reduce((sum, key) => sum + (bucket.values[key] ?? 0), 0);

/** Each bucket as layers on top of each other: [{ key, from, to }], those that are 0 left out. */
export function stack(bucket, keys) {
  let height = 0;
  const layers = [];
  for (const key of keys) {
    const value = bucket.values[key] ?? 0;
    if (value > 0) layers.push({ key, from: height, to: height + value });
    height += value;
  }
  return layers;
}

/** The d of a path through the points [x, y]; null is a hole. A point alone between holes becomes a dot. */
export function linePath(/** @type {([number, number] | null)[]} */ points) {
  const place = (value) => Math.round(value * 10) / 10;
  let path = "";
  points.forEach((point, at) => {
    if (!point) return;
    const follows = points[at - 1];
    path += `${follows ? "L" : "M"}${place(point[0])} ${place(point[1])}`;
    if (!follows && !points[at + 1]) path += "h0.1";
  });
  return path;
}

/** Which of `count` equal slots between left and right a place is in; the nearest one outside. */
export const slotAt = (x, left, right, count) => Math.max(0, Math.min(count - 1, Math.floor(((x - left) / Math.max(1, right - left)) * count)));

/** What a chart of counts says in a sentence: the sum, by series, and the fullest bucket. */
export function factsOf(buckets, keys) {
  const sums = Object.fromEntries(keys.map((key) => [key, buckets.reduce((sum, one) => sum + (one.values[key] ?? 0), 0)]));
  const total = keys.reduce((sum, key) => sum + sums[key], 0);
  let peak = null;
  for (const one of buckets) if (totalOf(one, keys) > (peak ? totalOf(peak, keys) : 0)) peak = one;
  return { total, sums, peak: peak && { start: peak.start, value: totalOf(peak, keys) } };
}

/** Lowest, highest and last of a line; null where it has no value. */
export function rangeOf(values) {
  const known = values.filter((one) => one !== null && one !== undefined);
  if (!known.length) return null;
  return { low: Math.min(...known), high: Math.max(...known), last: known.at(-1) };
}
