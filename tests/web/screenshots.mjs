// The pictures of README.md and docs/, taken of the real thing: ./dev screenshots. An appliance with a small organisation and
// stand-ins for its servers, a few hundred calls, then each screen in light and in dark.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stage, until } from "./support/stage.mjs";
import { aTool, StandIn } from "./support/stand_in.mjs";

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const text = (description, more = {}) => ({ type: "string", description, ...more });
const tool = (name, description, properties = {}, more = {}) =>
  aTool(name, { description, inputSchema: { type: "object", properties, required: Object.keys(properties).slice(0, 1) }, ...more });

const services = [
  { slug: "linear", title: "Linear", description: "Issues and projects of the product teams.", preset: "linear",
    tools: [tool("list_issues", "Lists issues by team, state and text.", { query: text("Words to look for"), state: text("Only in this state", { enum: ["todo", "in progress", "done"] }) }),
      tool("create_issue", "Makes an issue in a team.", { title: text("One line"), team: text("The team's key"), description: text("Markdown", { maxLength: 4000 }) }, { annotations: {} }),
      tool("list_cycles", "Lists the cycles of a team.", { team: text("The team's key") })] },
  { slug: "wiki", title: "Team wiki", description: "Handbook, runbooks and decisions.",
    tools: [tool("search_pages", "Finds pages by meaning.", { query: text("What you look for") }), tool("read_page", "Reads one page as Markdown.", { id: text("The page's id") })] },
  { slug: "warehouse", title: "Data warehouse", description: "Read-only SQL over the reporting tables.",
    tools: [tool("run_query", "Runs a query that reads.", { sql: text("The query", { maxLength: 8000 }), limit: { type: "integer", description: "Rows at most", default: 100 } }), tool("list_tables", "Lists tables with their columns.")] },
  { slug: "deploys", title: "Deploys", description: "Roll-outs of the on-prem cluster.",
    tools: [tool("list_deploys", "Lists what runs where.", { service: text("The service") }), tool("roll_back", "Goes back to the release before.", { service: text("The service") }, { annotations: { destructiveHint: true } })] },
];

async function prepare(stage, opened) {
  for (const { tools, preset, ...wish } of services) {
    const upstream = await StandIn.start({ tools, name: wish.title });
    opened.push(upstream);
    await stage.server({ ...wish, url: upstream.url });
  }
  const account = await StandIn.start({ signIn: true, auto: true, name: "Design files" });
  opened.push(account);
  await stage.server({ slug: "design", title: "Design files", description: "Everybody signs in as themselves.", url: account.url, auth: "oauth", credential_mode: "perMember" });
  for (const name of ["bea", "carl", "dana", "emil"]) await stage.person(name);
  await stage.api("ann", "POST", "/v1/teams", { name: "product", title: "Product", members: ["bea", "carl"] });
  await stage.api("ann", "POST", "/v1/teams", { name: "platform", title: "Platform", members: ["dana", "emil"] });
}

async function use(stage) {
  const wanted = services.flatMap((one) => one.tools.filter((each) => each.annotations?.readOnlyHint).map((each) => [one.slug, each]));
  for (const [at, name] of ["ann", "bea", "carl", "dana", "emil"].entries())
    for (let i = 0; i < 24 + 11 * at; ++i) {
      const [slug, { name: called, inputSchema }] = wanted[(i * (at + 2)) % wanted.length];
      const values = Object.fromEntries((inputSchema.required ?? []).map((key) => [key, "release notes"]));
      await (await stage.person(name)).call("POST", "/v1/tools/call", { name: `mcp__${slug}__${called}`, arguments: values });
    }
}

const pictures = [
  ["your-connections", "bea", "/"], ["connect-a-client", "bea", "/connect"], ["tools", "bea", "/tools"],
  ["run-a-tool", "bea", "/tools/mcp__linear__list_issues"],
  ["overview", "ann", "/overview?range=1h"], ["connections", "ann", "/connections"], ["access", "ann", "/connections/linear/access"], ["activity", "ann", "/activity/log"],
];

const opened = [];
const stage = await Stage.open();
try {
  await mkdir(folder, { recursive: true });
  await prepare(stage, opened);
  await use(stage);
  for (const [name, who, path] of pictures)
    for (const theme of ["light", "dark"]) {
      const page = await stage.page(who, path, { theme, height: 800, reducedMotion: true });
      await page.waitForNetworkIdle({ idleTime: 400 }).catch(() => {});
      await until(async () => !(await page.$("[aria-busy=true]")), `${path} to be complete`);
      await page.screenshot({ path: join(folder, `${name}-${theme}.webp`), type: "webp", quality: 88 });
      await page.stageContext.close();
      console.log(`docs/pictures/${name}-${theme}.webp`);
    }
} finally {
  await stage.close();
  for (const one of opened) await one.stop();
}
