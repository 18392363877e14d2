// People, service accounts and teams; profiles; the roll-out. What an admin does there is done by clicks, and its effect is
// looked up at the API or by those whom it concerns.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { Browser, password } from "../support/browser.mjs";
import { signIn } from "../support/oauth_app.mjs";
import { assertNarrow, assertReachable, failing } from "./support/looks.mjs";
import { Stage, until } from "./support/stage.mjs";
import { StandIn } from "./support/stand_in.mjs";

let stage, wiki, page;
/** A page whose toasts are put away before each click, since they may lie over what is clicked. */
async function screen(...where) {
  const on = await stage.page(...where);
  const { press } = on;
  on.press = async (...what) => {
    await on.$$eval(".toast button[aria-label=Dismiss]", (all) => all.forEach((one) => one.click()));
    await press(...what);
  };
  return on;
}
const api = (...call) => stage.api("ann", ...call);
const choose = (label, on = page) => on.evaluate((wanted) => [...(document.querySelector("dialog[open]") ?? document).querySelectorAll(".choice")].find((one) => one.querySelector("span > span").textContent === wanted).click(), label);
const onlySome = (on = page) => on.evaluate(() => [...document.querySelectorAll(".segments label")].find((one) => one.textContent.includes("Only some")).click());
/** Picks from a field that finds, by keyboard. */
async function pick(label, text, on = page) {
  await on.fill(label, text);
  await on.keyboard.press("Enter");
}
/** The rows of a table by its caption, a text for each cell. */
const rowsOf = (caption, on = page) => on.$$eval("table", (all, wanted) => [...(all.find((one) => one.caption.textContent === wanted)?.tBodies[0].rows ?? [])].map((row) => [...row.cells].map((cell) => cell.innerText.trim())), caption);
/** An item of the menu of somebody. */
async function menu(name, item, on = page) {
  await on.press(`More for ${name}`);
  await on.press(item, { role: "menuitem" });
}
/** Goes to the page of somebody, and waits until nothing on it moves any more. */
async function open(name, on = page) {
  await on.go("/people");
  await on.go(`/people/${name}`);
  await whole(on);
}
const whole = async (on = page) => {
  await on.see("Effective access");
  await until(async () => !(await on.$("[aria-busy=true]")) && !(await on.words()).includes("Asking…"), "the whole page");
};
const inDialog = (name, on = page) => on.press(name, { within: "dialog[open]" });
const linkOnce = (on = page) => on.$eval("dialog[open] input[readonly]", (input) => input.value);
const toolsBy = async (token) => (await fetch(`${stage.url}/v1/tools`, { headers: { Authorization: `Bearer ${token}` } })).status;
const statusOf = async (path) => (await (await stage.person("ann")).call("GET", path)).status;

before(async () => {
  wiki = await StandIn.start();
  stage = await Stage.open({ config: `network:\n  allow: ["${new URL(wiki.url).host}"]\n` });
  for (const [slug, title, access] of [["wiki", "Wiki", { teams: [] }], ["linear", "Linear", { everyone: true }], ["vault", "Vault", { people: [] }]]) await stage.server({ slug, title, url: wiki.url, access });
  page = await screen("ann", "/people");
});
after(async () => {
  await stage?.close();
  await wiki?.stop();
});

test("a team is made, and a person is invited into it by a link that is shown once and lets them in", async () => {
  await page.press("Teams 0");
  await page.see("No teams.");
  await page.press("Add a team");
  await inDialog("Add");
  await page.see("Enter a name.");
  await page.fill("Name", "Data platform");
  await inDialog("Add");
  await page.see("Nobody is in this team.");
  await page.go("/people");
  await page.press("Invite a person");
  await page.fill("Sign-in name", "li wei");
  await page.press("Make the invitation");
  await page.see("Letters, digits and . _ - + @ only");
  assert.equal((await page.focused()).tag, "INPUT");
  await page.fill("Sign-in name", "li@example.com");
  await page.fill("Name optional", "Li Wei");
  await pick("Teams", "data");
  await page.press("Make the invitation");
  await page.see("Copy this link now.");
  const link = await linkOnce();
  assert.match(link, /\/welcome#.{20,}/);
  await page.press("I have copied it");
  await page.see("Invited");
  const { users } = await api("GET", "/v1/users?q=li@");
  assert.deepEqual([users[0].state, users[0].teams, users[0].role], ["invited", ["data-platform"], "member"]);
  assert.ok(!(await page.content()).includes(link.split("#")[1]), "the link is still in the page");
  await new Browser(stage.patchbay).accept(link);
  assert.equal((await api("GET", "/v1/users/li@example.com")).state, "active");
  stage.assertQuiet();
});

test("an admin whose session is not fresh gives the password once more for an admin's invitation, a role and a link", async () => {
  await stage.person("gil");
  await api("PATCH", "/v1/users/gil", { role: "admin" }); // from then on the session is worth less
  const theirs = await screen("gil", "/people");
  stage.allow(/status of 403/);
  await theirs.press("Invite a person");
  await theirs.fill("Sign-in name", "mia");
  await choose("Admin", theirs);
  await theirs.press("Make the invitation");
  await theirs.see("Your password once more");
  await stage.axe(theirs, "the question for the password");
  await theirs.fill("Password", "not my password at all");
  await theirs.press("Go on");
  await theirs.see(/password.*wrong|not your password/i);
  assert.equal(await statusOf("/v1/users/mia"), 404);
  await theirs.fill("Password", password);
  await theirs.press("Go on");
  await theirs.see("Copy this link now.");
  assert.equal((await api("GET", "/v1/users/mia")).role, "admin");
  const first = await linkOnce(theirs);
  await theirs.press("I have copied it");
  await menu("mia", "New invitation link", theirs);
  await theirs.press("Make the link");
  await theirs.see("A link for mia");
  const second = await linkOnce(theirs);
  assert.notEqual(second, first);
  const refused = await new Browser(stage.patchbay).call("POST", "/v1/welcome", { invite: first.split("#")[1], password });
  assert.ok(refused.status >= 400, "the link before it still works");
  await new Browser(stage.patchbay).accept(second);
  await theirs.stageContext.close();
  stage.assertQuiet();
});

test("a person's name, role and teams are saved; where somebody was quicker, what was entered stays and is saved after a look", async () => {
  stage.allow(/status of 409/);
  await stage.person("bea");
  await page.go("/people/bea");
  await page.fill("Name optional", "Bea Fischer");
  await choose("Auditor");
  await pick("Teams", "data");
  await page.press("Save");
  await page.see("Saved.");
  const saved = await api("GET", "/v1/users/bea");
  assert.deepEqual([saved.title, saved.role, saved.teams], ["Bea Fischer", "auditor", ["data-platform"]]);
  await choose("Member");
  await api("PATCH", "/v1/users/bea", { title: "Bea F." });
  await page.press("Save");
  await page.see("Somebody changed this meanwhile.");
  assert.equal((await api("GET", "/v1/users/bea")).role, "auditor");
  await page.press("Save");
  await page.seeNot("Somebody changed this meanwhile.");
  await until(async () => (await api("GET", "/v1/users/bea")).role === "member", "the role");
  assert.equal((await api("GET", "/v1/users/bea")).title, "Bea F.", "the other's change is lost");
  await page.go("/people/ann");
  await page.see("Your own role is another admin's to change.");
  assert.deepEqual(await page.$$eval(".choice input", (all) => all.filter((one) => !one.disabled).map((one) => one.value)), ["admin"]);
  stage.assertQuiet();
});

test("effective access says for each connection whether, by which rule and why, as the API does", async () => {
  await api("PUT", "/v1/servers/wiki/access", { teams: ["data-platform"] });
  await page.go("/people/bea");
  await page.see("The server is granted to a team that this person belongs to.");
  const known = async () => {
    const rows = await rowsOf("Effective access");
    return rows.length === 3 && rows.every((row) => /Yes|No/.test(row[1])) && Object.fromEntries(rows.map(([name, ...rest]) => [name.split("\n").pop(), rest]));
  };
  const rows = await until(known, "an answer for each connection");
  assert.deepEqual([rows.Wiki[0], rows.Wiki[1]], ["Yes", "team Data platform"]);
  assert.deepEqual([rows.Linear[0], rows.Linear[1]], ["Yes", "everyone"]);
  assert.deepEqual([rows.Vault[0], rows.Vault[1]], ["No", "not granted"]);
  for (const [name, slug] of [["Wiki", "wiki"], ["Linear", "linear"], ["Vault", "vault"]])
    assert.equal(rows[name][2], (await api("GET", `/v1/access/explain?user=bea&server=${slug}`)).call.message);
  await api("PUT", "/v1/servers/vault/access", { people: ["bea"] });
  await api("PUT", "/v1/servers/linear/rollout", { state: "off", people: [], teams: [] });
  await open("bea");
  await page.see("by name");
  const later = await until(known, "the answers anew");
  assert.deepEqual([later.Vault[0], later.Vault[1]], ["Yes", "by name"]);
  assert.deepEqual([later.Linear[0], later.Linear[1]], ["No", "everyone"]);
  await api("PUT", "/v1/servers/linear/rollout", { state: "on", people: [], teams: [] });
  stage.assertQuiet();
});

test("disabling says what stops working, refuses the next call, and is taken back with one click", async () => {
  const token = await (await stage.person("bea")).token();
  assert.equal(await toolsBy(token), 200);
  await open("bea");
  await menu("Bea F.", "Disable");
  await page.see("What Bea F. cannot use meanwhile");
  await page.see("1 token: e2e 1");
  await page.see("1 connection granted to them by name: Vault");
  await inDialog("Disable");
  await page.see("Is refused everywhere until enabled again.");
  assert.equal(await toolsBy(token), 401);
  await menu("Bea F.", "Enable");
  await page.see("Bea F. is enabled again.");
  assert.equal(await toolsBy(token), 200);
  stage.assertQuiet();
});

test("tokens are revoked, apps disconnected and browsers signed out, each after a question", async () => {
  const bea = new Browser(stage.patchbay); // disabling ended the session before
  assert.equal((await bea.call("POST", "/v1/session", { name: "bea", password })).status, 200);
  bea.tokens = 1;
  const token = await bea.token();
  const { client, provider } = await signIn(stage.url, "/mcp", { name: "bea" });
  const app = provider.kept.access_token;
  await open("bea");
  await page.press("Disconnect E2E <b>client</b>");
  await inDialog("Disconnect");
  await page.see("E2E <b>client</b> is disconnected.");
  await until(async () => (await toolsBy(app)) === 401, "the app to be refused");
  await client.close();
  const { tokens } = await api("GET", "/v1/users/bea/tokens");
  for (const one of tokens.filter((each) => each.state === "live")) {
    await page.press(`Revoke ${one.name}`);
    await inDialog("Revoke");
    await page.seeNot(`Revoke ${one.name}?`);
  }
  await until(async () => (await toolsBy(token)) === 401, "the token to be refused");
  assert.equal((await bea.call("GET", "/v1/session")).status, 200);
  await page.press("Sign out everywhere");
  await inDialog("Sign out everywhere");
  await page.see("Bea F. is signed out everywhere.");
  assert.equal((await bea.call("GET", "/v1/session")).status, 401);
  stage.assertQuiet();
});

test("a service account gets a token that is shown once and works, and no role", async () => {
  await page.go("/people?show=services");
  await page.see("No service accounts.");
  await page.press("Add a service account");
  await page.fill("Sign-in name", "backup-bot");
  await inDialog("Add");
  await page.see("A service account is a member.");
  await whole();
  await page.press("New token");
  await page.fill("Name", "nightly");
  await page.press("Create token");
  await page.see("Copy this token now.");
  const token = await linkOnce();
  await page.press("I have saved it");
  assert.equal(await toolsBy(token), 200);
  assert.ok(!(await page.content()).includes(token));
  const { tokens } = await api("GET", "/v1/users/backup-bot/tokens");
  assert.deepEqual(tokens.map((one) => one.name), ["nightly"]);
  stage.assertQuiet();
});

test("who is removed has their name typed first, and is gone for good", async () => {
  await page.go("/people");
  await page.press("More for Bea F.");
  await page.press("Remove", { role: "menuitem" });
  await page.see("What Bea F. loses");
  await page.see("Membership in Data platform");
  const remove = () => page.$eval("dialog[open] [type=submit]", (button) => button.disabled);
  assert.equal(await remove(), true);
  await page.keyboard.type("be");
  assert.equal(await remove(), true);
  await page.keyboard.type("a");
  await until(async () => !(await remove()), "the button to be there");
  await page.keyboard.press("Enter");
  await page.see("Bea F. is removed.");
  assert.equal(await statusOf("/v1/users/bea"), 404);
  assert.deepEqual((await api("GET", "/v1/servers/vault")).access.people, []);
  assert.ok(!(await rowsOf("People")).some((row) => row[0].includes("Bea")));
  await page.press("More for ann");
  assert.deepEqual(await page.$$eval("[role=menu]:popover-open [role=menuitem]", (all) => all.filter((one) => one.disabled || one.ariaDisabled === "true").map((one) => one.textContent.trim())), ["Disable", "Remove"]);
  await page.keyboard.press("Escape");
  stage.assertQuiet();
});

test("a team's members change after a look at who joins and leaves; it is renamed, and removed with what it gave", async () => {
  await page.go("/people/teams/data-platform");
  await page.see("What this team gives");
  await page.see("Wiki");
  await pick("Add a person", "ann");
  await page.press("Take out Li Wei");
  await page.see("adds 1, takes out 1");
  await page.press("Save", { within: ".save-bar" });
  await page.see("Leaves: Li Wei. They lose what only this team gave them.");
  await inDialog("Save");
  await page.see("Saved.");
  assert.deepEqual((await api("GET", "/v1/teams/data-platform")).members.map((one) => one.name), ["ann"]);
  await page.fill("Name of the team", "Data people");
  await page.press("Save");
  await until(async () => (await api("GET", "/v1/teams/data-platform")).title === "Data people", "the name");
  await pick("Add a person", "li");
  await api("PATCH", "/v1/teams/data-platform", { title: "Data folk" });
  await page.press("Save", { within: ".save-bar" });
  await inDialog("Save");
  await page.see("Somebody changed this meanwhile.");
  await page.see("adds 1");
  await page.press("Save", { within: ".save-bar" });
  await inDialog("Save");
  await page.seeNot("adds 1");
  assert.equal((await api("GET", "/v1/teams/data-platform")).members.length, 2);
  await page.press("Remove the team");
  await page.see("2 people are no longer in it, and lose Wiki unless they are granted otherwise.");
  await inDialog("Remove");
  await page.see("No teams.");
  assert.equal(await statusOf("/v1/teams/data-platform"), 404);
  assert.deepEqual((await api("GET", "/v1/servers/wiki")).access.teams, []);
  stage.assertQuiet();
});

test("a profile holds some tools of a connection; it is described, given to people, changed by two at once, and removed", async () => {
  await page.go("/profiles");
  await page.see("No profiles yet.");
  await page.press("Add a profile");
  await page.fill("Name", "Support desk");
  await inDialog("Add");
  await page.see("Nothing is in this profile yet.");
  await pick("Add a connection", "wiki");
  await pick("Add a connection", "linear");
  await onlySome();
  await page.see("0 of 3 chosen");
  await page.press("Save");
  await page.see("Choose at least one tool of Wiki, or all.");
  await stage.axe(page, "a profile with what is wrong in it");
  await page.press("tool_2", { role: "checkbox" });
  await page.fill("Description optional", "What the desk needs.");
  await choose("Searched");
  await pick("People and teams", "li");
  await page.press("Save");
  await page.see("Saved.");
  const is = await api("GET", "/v1/profiles/support-desk");
  assert.deepEqual(is.servers, [{ server: "wiki", tools: ["tool_2"] }, { server: "linear", tools: [] }]);
  assert.deepEqual([is.description, is.shape, is.access.people], ["What the desk needs.", "search", ["li@example.com"]]);
  assert.equal(await page.$eval("input[readonly]", (input) => input.value), is.endpoint);
  await page.press("Take out Linear");
  await api("PATCH", "/v1/profiles/support-desk", { title: "Help desk" });
  await page.press("Save");
  await page.see("Somebody changed this profile meanwhile.");
  await page.press("Save");
  await page.seeNot("There are changes that are not saved.");
  const later = await api("GET", "/v1/profiles/support-desk");
  assert.deepEqual([later.title, later.servers.map((one) => one.server)], ["Help desk", ["wiki"]]);
  await page.press("Remove the profile");
  await page.see("Its address stops working");
  await inDialog("Remove the profile");
  await page.see("No profiles yet.");
  assert.equal(await statusOf("/v1/profiles/support-desk"), 404);
  stage.assertQuiet();
});

test("the roll-out closes Patchbay to those outside the pilot after it said how many they are, and a connection by itself", async () => {
  const li = new Browser(stage.patchbay);
  await li.call("POST", "/v1/session", { name: "li@example.com", password });
  const token = await li.token();
  await stage.person("carl");
  const names = async () => (await (await fetch(`${stage.url}/v1/tools`, { headers: { Authorization: `Bearer ${token}` } })).json()).tools?.map((one) => one.server ?? one.name) ?? [];
  const seesLinear = async () => JSON.stringify(await names()).includes("linear");
  assert.equal(await seesLinear(), true);
  await page.go("/rollout");
  await page.see("All of Patchbay");
  await choose("Pilot");
  await page.see("Nobody but admins is in the pilot yet.");
  await pick("In the pilot", "carl");
  await page.press("Save");
  await page.see("Close Patchbay to everybody outside the pilot?");
  await page.see("2 people and service accounts are refused");
  await inDialog("Close it");
  await page.see("Saved.");
  assert.deepEqual(await api("GET", "/v1/rollout"), { state: "pilot", people: ["carl"], teams: [] });
  assert.equal(await seesLinear(), false);
  await choose("On");
  await page.press("Save");
  await until(async () => (await api("GET", "/v1/rollout")).state === "on", "the door to be open");
  assert.equal(await seesLinear(), true);
  const change = async (state) => {
    await page.press("Change the roll-out of Linear");
    await page.waitForSelector("dialog[open]");
    await choose(state);
  };
  await change("Off");
  await inDialog("Save");
  await until(async () => (await api("GET", "/v1/servers/linear")).rollout.state === "off", "the roll-out of Linear");
  assert.equal(await seesLinear(), false);
  await until(async () => (await rowsOf("Each connection")).some((row) => row[0].includes("Linear") && row[1] === "Off"), "the row");
  await change("On");
  await api("PATCH", "/v1/servers/linear", { description: "Issues" });
  stage.allow(/status of 412/);
  await inDialog("Save");
  await page.see("Somebody changed it meanwhile.");
  await inDialog("Save");
  await until(async () => (await api("GET", "/v1/servers/linear")).rollout.state === "on", "Linear to be on again");
  stage.assertQuiet();
});

const gone = [["/people/nobody", "There is nobody of this name."], ["/people/teams/nothing", "There is no team of this name."], ["/profiles/none", "There is no profile of this name."]];
test("what is not there, and what cannot be read, is said, and read again on request", async () => {
  stage.allow(/status of (404|500)/);
  for (const [path, text] of gone) {
    await page.go(path);
    await page.see(text);
    await stage.axe(page, path);
  }
  for (const [path, asked, text] of [["/people", /\/v1\/users$/, "Invite a person"], ["/people/ann", /\/v1\/teams$/, "Effective access"], ["/profiles", /\/v1\/profiles$/, "No profiles yet."], ["/rollout", /\/v1\/rollout$/, "All of Patchbay"]]) {
    const mend = await failing(page, asked);
    await page.go(path);
    await page.see("Something broke on our side.");
    await page.see("7F3K22");
    await stage.axe(page, `${path} that cannot be read`);
    await mend();
    await page.press("Try again");
    await page.seeNot("Something broke on our side.");
    await page.see(text);
  }
  stage.assertQuiet();
});

/** Each screen with its dialogs: where, what is there when it is whole, and what opens a dialog with which text in it. */
const screens = [
  ["/people", "Li Wei"], ["/people?show=services", "backup-bot"], ["/people?show=teams", "Platform"],
  ["/people", "Li Wei", async (on) => { await on.press("Invite a person"); await on.press("Make the invitation"); await on.see("Enter a name."); }],
  ["/people", "Li Wei", async (on) => { await on.press("More for Li Wei"); await on.see("Link for a new password"); }],
  ["/people?show=teams", "Platform", async (on) => { await on.press("Add a team"); await on.see("Short name"); }],
  ["/people/li@example.com", "Effective access"],
  ["/people/li@example.com", "Effective access", async (on) => { await menu("Li Wei", "Remove", on); await on.see("What Li Wei loses"); }],
  ["/people/backup-bot", "A service account is a member."],
  ["/people/teams/platform", "What this team gives"],
  ["/people/teams/platform", "What this team gives", async (on) => { await on.press("Take out Li Wei"); await on.press("Save", { within: ".save-bar" }); await on.see("Leaves: Li Wei."); }],
  ["/profiles", "Support"], ["/profiles", "Support", async (on) => { await on.press("Add a profile"); await inDialog("Add", on); await on.see("Enter a name."); }],
  ["/profiles/support", "Connections and tools"],
  ["/rollout", "Each connection"], ["/rollout", "Each connection", async (on) => { await on.press("Change the roll-out of Wiki"); await on.waitForSelector("dialog[open]"); await choose("Pilot", on); await on.see("In the pilot"); }],
];
async function eachScreen(on, look) {
  on.on("dialog", (question) => question.accept()); // what was not saved is left
  for (const [path, text, act] of screens) {
    await on.goto(stage.url + path, { waitUntil: "load" });
    await on.see(text);
    await until(async () => !(await on.$("[aria-busy=true]")) && !(await on.words()).includes("Asking…"), `${path} to be whole`);
    await act?.(on);
    await look(`${path}${act ? " with what it asks" : ""}`, Boolean(act));
  }
}

test("12 · nothing is wrong for axe in either theme, dialogs and errors included", async () => {
  await api("POST", "/v1/teams", { name: "platform", title: "Platform", members: ["li@example.com", "backup-bot"] });
  await api("POST", "/v1/profiles", { slug: "support", title: "Support", servers: [{ server: "wiki", tools: ["tool_1"] }], access: { everyone: false, people: [], teams: ["platform"] } });
  for (const theme of ["light", "dark"]) {
    const own = await screen("ann", "/people", { theme });
    await eachScreen(own, (what) => stage.axe(own, `${what}, ${theme}`));
    await own.stageContext.close();
  }
  stage.assertQuiet();
});

test("11 · nothing scrolls sideways at 320 pixels, dialogs included", async () => {
  const small = await screen("ann", "/people", { width: 320, height: 740, theme: "dark" });
  await eachScreen(small, (what) => assertNarrow(small, what));
  await small.stageContext.close();
  stage.assertQuiet();
});

test("9 · Tab reaches every control of these screens, and each shows that it has the focus", async () => {
  const own = await screen("ann", "/people");
  await eachScreen(own, async (what, isDialog) => { if (!isDialog) await assertReachable(own, what); });
  await own.stageContext.close();
  stage.assertQuiet();
});
