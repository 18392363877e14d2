// @ts-check
// What cannot be taken back: switch off, sign everyone out, delete.
import { html, useState } from "../../vendor/preact.js";
import { navigate } from "../../app/where.js";
import { api, apiAll, useLoaded } from "../../app/api.js";
import { nameOf, reachedBy } from "../../app/servers.js";
import { Button, ErrorNotice, toast } from "../../parts/kit.js";
import { Confirm } from "../../parts/dialog.js";
import { words as general } from "../../i18n/en/connection.js";
import { words } from "../../i18n/en/connection_settings.js";
import { EveryoneConfirm } from "./accounts.js";

const w = words.danger;

function Line({ text, children }) {
  return html`<div class="danger-line"><p class="soft">${text}</p>${children}</div>`;
}

export function Danger({ server, set, reload }) {
  const [layer, setLayer] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const at = `/v1/servers/${encodeURIComponent(server.slug)}`;
  const found = useLoaded(async (signal) => {
    const [accounts, users, teams] = await Promise.all([apiAll(`${at}/accounts`, "accounts", { signal }), apiAll("/v1/users", "users", { signal }), apiAll("/v1/teams", "teams", { signal })]);
    return { accounts: accounts.length, people: reachedBy(server.access, users, teams).length };
  }, [server.slug, server.revision]);
  const { accounts = 0, people = 0 } = found.value ?? {};
  const enable = async () => {
    setError(null);
    try {
      set(await api("PATCH", at, { enabled: !server.enabled, revision: server.revision }));
      toast(server.enabled ? general.overview.turnedOff(nameOf(server)) : general.overview.turnedOn(nameOf(server)));
    } catch (problem) {
      setError(problem);
      if (problem.isConflict) reload();
    }
  };
  const remove = async () => {
    await api("DELETE", at);
    toast(w.removed(nameOf(server)));
    setTimeout(() => navigate("/connections"));
  };
  const isCatalog = server.origin === "catalog";
  return html`<${ErrorNotice} error=${error} />
    ${!isCatalog && html`<${Line} text=${server.enabled ? w.disableText : w.enableText}><${Button} icon="power" onClick=${enable}>${server.enabled ? w.disable : w.enable}</${Button}></${Line}>`}
    ${(!isCatalog || server.auth === "oauth") && html`<${Line} text=${w.disconnectText}><${Button} kind="danger" icon="unplug" disabled=${!accounts && !server.header_names.length} onClick=${() => setLayer("everyone")}>${w.disconnect}</${Button}></${Line}>`}
    ${isCatalog ? html`<p class="soft">${w.catalog}</p>` : html`<${Line} text=${w.removeText}><${Button} kind="danger" icon="trash-2" disabled=${!found.value} onClick=${() => setLayer("remove")}>${w.remove}</${Button}></${Line}>`}
    ${found.error && html`<${ErrorNotice} error=${found.error} retry=${found.reload} />`}
    ${layer === "everyone" && html`<${EveryoneConfirm} server=${server} onDone=${() => { found.reload(); reload(); }} onClose=${() => setLayer("")} />`}
    ${layer === "remove" && html`<${Confirm} title=${w.removeTitle(nameOf(server))} action=${w.remove} danger typed=${accounts > 0 ? server.slug : undefined} onConfirm=${remove} onClose=${() => setLayer("")}>
      ${accounts > 0 ? w.removeSure(people) : w.removeNone}</${Confirm}>`}`;
}
