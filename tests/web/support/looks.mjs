// What every screen is asked besides what it does: whether it can be used by keyboard alone and on a small screen, and what
// it shows when the API fails.
import assert from "node:assert/strict";

/** Fails on a control that Tab does not reach, or that does not show that it has the focus. Of radio buttons one is enough. */
export async function assertReachable(page, what) {
  const all = await page.evaluate(() => {
    document.activeElement?.blur();
    globalThis.reached = new Set();
    globalThis.toReach = () => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
      .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !one.closest("[popover]:not(:popover-open)"));
    return globalThis.toReach().length;
  });
  for (let step = 0; step < all + 24; ++step) {
    await page.keyboard.press("Tab");
    const bare = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      globalThis.reached.add(element);
      const ring = (one) => { const style = getComputedStyle(one); return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2; };
      return ring(element) || (element.closest("label") && ring(element.closest("label"))) || (element.nextElementSibling && ring(element.nextElementSibling)) ? null : element.outerHTML.slice(0, 160);
    });
    assert.equal(bare, null, `${what}: no ring around it`);
  }
  const missed = await page.evaluate(() => globalThis.toReach()
    .filter((one) => !globalThis.reached.has(one) && !(one.type === "radio" && [...globalThis.reached].some((other) => other.name === one.name)))
    .map((one) => one.outerHTML.slice(0, 160)));
  assert.deepEqual(missed, [], `${what}: not reached by Tab`);
}

/** What sticks out of the page sideways; nothing may. */
export async function assertNarrow(page, what) {
  assert.equal(await page.overflow(), 0, `${what} scrolls sideways`);
  const cut = await page.evaluate(() => [...document.querySelectorAll("dialog[open]")].filter((one) => one.scrollWidth > one.clientWidth).length);
  assert.equal(cut, 0, `${what}: its dialog scrolls sideways`);
}

/** Answers what fits `path` with a fault of the server until the function that this gives is called. */
export async function failing(page, path) {
  const answer = (request) => (path.test(new URL(request.url()).pathname)
    ? request.respond({ status: 500, contentType: "application/json", body: JSON.stringify({ error: "internal", message: "Something broke on our side.", ref: "7F3K22" }) })
    : request.continue());
  await page.setRequestInterception(true);
  page.on("request", answer);
  return async () => {
    page.off("request", answer);
    await page.setRequestInterception(false);
  };
}
