// The value of a setup or invitation link stands behind its "#", which browsers send to nobody; so this page needs a script.
const form = document.querySelector("form");
const problem = document.querySelector("#problem");
const { base } = form.dataset;
const invite = location.hash.slice(1);

function say(text) {
  problem.textContent = text;
  problem.hidden = false;
}

async function ask(path, body) {
  const answer = await fetch(`${base}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.message);
  return said;
}

// Whether this Patchbay has the web UI; without it this page does all that is needed.
async function hasScreens() {
  const start = await fetch(`${base}/setup`, { headers: { Accept: "text/html" } });
  return start.ok && (start.headers.get("content-type") ?? "").startsWith("text/html");
}

async function look() {
  if (!invite) throw new Error("This link is not whole. Open it exactly as you were given it.");
  const found = await ask("/v1/welcome/look", { invite });
  if (found.first_admin && (await hasScreens())) return location.replace(`${base}/setup#${invite}`);
  const name = form.elements.name;
  if (!found.first_admin) {
    name.value = found.name;
    name.readOnly = true;
  }
  form.hidden = false;
  (found.first_admin ? name : form.elements.password).focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const { name, password, again } = form.elements;
  if (password.value !== again.value) return say("The two passwords differ.");
  try {
    await ask("/v1/welcome", { invite, password: password.value, ...(name.readOnly ? {} : { name: name.value }) });
    history.replaceState(null, "", location.pathname);
    form.hidden = true;
    document.querySelector("#done").hidden = false;
    if (await hasScreens()) location.replace(`${base}/`);
  } catch (error) {
    say(error.message);
  }
});

look().catch((error) => say(error.message));
