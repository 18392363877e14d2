#!/usr/bin/env python3
"""One account, 50 callers in two processes, 200 expiries: the provider sees exactly 200 refreshes, and no call fails. A token ends
after so many uses, whoever is under way at that moment, and each refresh token is good once, as at providers that rotate."""
import concurrent.futures
import json
import multiprocessing
import os
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import Appliance, McpClient  # noqa: E402
from people import join  # noqa: E402
from provider import Provider  # noqa: E402

EXPIRIES, USES = 200, 60
PROCESSES, THREADS = 2, 25
CALLS = EXPIRIES * (USES + 1) // (PROCESSES * THREADS) + 10  # of each caller


def call_many(port, token, number):
    """What went wrong with one caller's calls."""
    client, wrong = McpClient(port, token, f"caller {number}"), []
    for turn in range(CALLS):
        text = f"{number}-{turn}"
        result = client.call("mcp:busy:echo", text=text)
        if result.get("isError") or result["content"][0]["text"] != text:
            wrong.append(json.dumps(result)[:300])
    client.close()
    return wrong


def work(port, token, process, results):
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        done = pool.map(lambda one: call_many(port, token, process * THREADS + one), range(THREADS))
        results.put([text for wrong in done for text in wrong])


def connect(admin, provider):
    """Signs the organisation in, as a browser does: to the provider, and back with its code."""
    admin.must("POST", "/v1/servers", {"slug": "busy", "url": provider.url, "auth": "oauth", "enabled": True})
    started = admin.must("POST", "/v1/servers/busy/oauth/start")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(started["authorize_url"]).query))
    answer = admin.send("GET", "/oauth/callback?" + urllib.parse.urlencode({"code": "code", "state": asked["state"]}))
    assert answer.status == 200, answer


def run(folder):
    provider = Provider(USES, EXPIRIES)
    appliance = Appliance(Path(folder) / "home").init()
    appliance.start()
    try:
        admin, _ = join(appliance, "root", role="admin")
        connect(admin, provider)
        token = appliance.token("callers")
        end = time.monotonic() + 15
        while McpClient(appliance.port, token).call("mcp:busy:echo", text="ready").get("isError"):
            assert time.monotonic() < end, "the server was never listed"
        results = multiprocessing.get_context("fork").Queue()
        workers = [multiprocessing.get_context("fork").Process(target=work, args=(appliance.port, token, one, results))
                   for one in range(PROCESSES)]
        began = time.monotonic()
        for worker in workers:
            worker.start()
        wrong = [text for _ in workers for text in results.get(timeout=300)]
        for worker in workers:
            worker.join()
        return provider, wrong, time.monotonic() - began
    finally:
        appliance.stop()
        provider.close()


def main():
    with tempfile.TemporaryDirectory(prefix="patchbay-race-", dir=os.environ.get("TMPDIR"), ignore_cleanup_errors=True) as folder:
        provider, wrong, seconds = run(folder)
    for text in wrong[:5]:
        print(text)
    print(f"refresh race: {PROCESSES * THREADS} callers in {PROCESSES} processes, {provider.calls} calls in {seconds:.1f} s, "
          f"{provider.expiries} expiries, {provider.refreshes} refreshes, {provider.refused} refused, {len(wrong)} failed calls")
    good = provider.expiries == provider.refreshes == EXPIRIES and provider.refused == 0 and not wrong
    print(f"{int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
