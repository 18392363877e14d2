// @ts-check
// Signing in at a service, seen from the page that began it. What counts is what the server says of the flow: a window that
// reads as closed may well be open (Cross-Origin-Opener-Policy cuts it off), so that is only ever a hint. No document and
// no network in here; `world` brings them, and tests bring their own.
import { safeHref } from "./format.js";

/**
 * @typedef {{ start: (signal: AbortSignal) => Promise<any>, look: (flow: string, signal: AbortSignal) => Promise<any>,
 *   now: () => number, later: (run: () => void, milliseconds: number) => any, never: (timer: any) => void }} World
 * state: opening, blocked (no window: a link is shown), waiting, checking, connected, failed, expired, cancelled
 * @typedef {{ state: string, url: string | null, message: string | null, error: string | null, details: any, closed: boolean }} View
 */

const over = new Set(["connected", "failed", "expired", "cancelled"]);
export const isOver = (/** @type {string} */ state) => over.has(state);

/** How long until the next look: 1 s five times, then 2 s, after a minute 5 s. */
export const pause = (/** @type {number} */ looks, /** @type {number} */ elapsed) => (looks < 5 ? 1000 : elapsed < 60_000 ? 2000 : 5000);

export class SignInFlow {
  /** @param {World} world @param {(view: View) => void} show @param {any} popup the window that the click opened, or null */
  constructor(world, show, popup) {
    this.world = world;
    this.show = show;
    this.popup = popup;
    this.flow = null;
    this.begun = 0;
    this.looks = 0;
    this.timer = null;
    this.asking = null; // the one request that is under way
    this.askAgain = false;
    this.until = Infinity;
    /** @type {View} */
    this.view = { state: "opening", url: null, message: null, error: null, details: null, closed: false };
    this.show(this.view);
  }

  #become(change) {
    if (isOver(this.view.state)) return;
    const next = { ...this.view, ...change };
    const same = Object.keys(next).every((name) => next[name] === this.view[name]);
    this.view = next;
    if (!same) this.show(next);
  }

  #end(state, change = {}) {
    this.#stopTimer();
    this.#become({ ...change, state, closed: false });
  }

  #stopTimer() {
    if (this.timer !== null) this.world.never(this.timer);
    this.timer = null;
  }

  async begin() {
    const mine = (this.asking = new AbortController());
    try {
      const started = await this.world.start(mine.signal);
      if (mine.signal.aborted) return;
      this.asking = null;
      const url = safeHref(started.authorize_url);
      if (!url) throw Object.assign(new Error("The sign-in server gave an address that is not safe to open, so nothing was opened."), { id: "oauth_unsafe_address" });
      this.flow = started.flow;
      this.begun = this.world.now();
      this.until = Date.parse(started.expires_at) || this.begun + 600_000;
      if (this.popup && !this.popup.closed) this.popup.location.replace(url);
      this.#become({ state: this.popup ? "waiting" : "blocked", url });
      this.#plan();
    } catch (error) {
      if (mine.signal.aborted) return;
      this.asking = null;
      this.#closePopup();
      this.#end("failed", { message: error.message, error: error.id ?? null, details: error.details ?? null });
    }
  }

  #plan() {
    if (isOver(this.view.state)) return;
    this.#stopTimer();
    this.timer = this.world.later(() => this.look(), pause(this.looks, this.world.now() - this.begun));
  }

  /** Asks the server now; never twice at once. */
  async look() {
    if (!this.flow || isOver(this.view.state)) return;
    if (this.asking) {
      this.askAgain = true;
      return;
    }
    this.#stopTimer();
    const mine = (this.asking = new AbortController());
    this.looks += 1;
    let said = null;
    let failed = null;
    try {
      said = await this.world.look(this.flow, mine.signal);
    } catch (error) {
      failed = error;
    }
    if (mine.signal.aborted) return;
    this.asking = null;
    this.#take(said, failed);
    if (isOver(this.view.state)) return;
    if (this.askAgain) {
      this.askAgain = false;
      return this.look();
    }
    this.#plan();
  }

  #take(said, failed) {
    if (failed) {
      // The network may come back; a flow that is not known any more does not.
      if (failed.status === 404) this.#end("expired");
      else if (this.world.now() > this.until) this.#end("expired");
      return;
    }
    if (said.state === "done") return this.#end("connected");
    if (said.state === "failed") return this.#end("failed", { message: said.message, error: said.error, details: { trace: said.trace } });
    if (said.state === "expired" || this.world.now() > this.until) return this.#end("expired");
    const closed = Boolean(this.popup?.closed);
    this.#become({ state: said.state === "working" ? "checking" : this.view.state === "checking" ? "waiting" : this.view.state, closed });
  }

  /** Another window said something: only that it is worth a look. */
  hear(/** @type {any} */ said) {
    if (!said?.flow || said.flow === this.flow) this.look();
  }

  /** Opens the window anew; call it in the click. */
  reopen(/** @type {(url: string) => any} */ open) {
    if (!this.view.url || isOver(this.view.state)) return;
    const popup = open(this.view.url);
    if (popup) this.popup = popup;
    this.#become({ closed: false, state: popup ? "waiting" : "blocked" });
  }

  #closePopup() {
    try {
      this.popup?.close();
    } catch {
      // It is cut off from us; its own page says that it can be closed.
    }
  }

  cancel() {
    this.asking?.abort();
    this.asking = null;
    this.#closePopup();
    this.#end("cancelled");
  }

  /** The page is left: nothing is asked any more, and nothing is shown. */
  stop() {
    this.show = () => {};
    this.asking?.abort();
    this.#stopTimer();
    this.#become({ state: "cancelled" });
  }
}
