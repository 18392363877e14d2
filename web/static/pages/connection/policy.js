// @ts-check
// Changes of a connection's tool policy, one after the other. Each is a wish about some tools, so that when somebody else was
// quicker it is made again upon what holds then, and nothing of theirs is lost.
import { useRef } from "../../vendor/preact.js";
import { api } from "../../app/api.js";

const isStale = (error) => error.status === 412 || error.id === "stale_revision";

/** Gives change(make): make(policy) is the policy that is wanted. Resolves to { before, after }. */
export function usePolicy(server, set) {
  const latest = useRef(server);
  const tail = useRef(/** @type {Promise<any>} */ (Promise.resolve()));
  if (server.revision >= latest.current.revision || server.slug !== latest.current.slug) latest.current = server;
  const at = `/v1/servers/${encodeURIComponent(server.slug)}`;

  const run = async (make) => {
    for (let tries = 0; ; ++tries) {
      const before = latest.current;
      const wanted = make(before.tool_policy);
      set((was) => ({ ...was, tool_policy: wanted.preset ? was.tool_policy : wanted }));
      try {
        await api("PUT", `${at}/tool-policy`, wanted, { headers: { "If-Match": `"${before.revision}"` } });
        const after = await api("GET", at, undefined, { signal: new AbortController().signal });
        latest.current = after;
        set(after);
        return { before: before.tool_policy, after: after.tool_policy };
      } catch (error) {
        const fresh = await api("GET", at, undefined, { signal: new AbortController().signal }).catch(() => before);
        latest.current = fresh;
        set(fresh);
        if (!isStale(error) || tries >= 3) throw error;
      }
    }
  };
  return (make) => {
    const turn = tail.current.then(() => run(make));
    tail.current = turn.catch(() => {});
    return turn;
  };
}
