// Tells our other windows that a sign-in has ended, and closes this one. The provider may have cut the window
// that opened it off (Cross-Origin-Opener-Policy), so nobody is called by name.
const result = document.getElementById("result");
if (result) {
  const { flow, state } = result.dataset;
  const channel = new BroadcastChannel("pb-oauth");
  channel.postMessage({ flow, state });
  channel.close();
  // The answer's code and state are used up, so they leave the address; where one must reload, they are still needed.
  if (state !== "waiting") history.replaceState(null, "", location.pathname);
  if (state === "done") setTimeout(() => window.close(), 1500);
}
