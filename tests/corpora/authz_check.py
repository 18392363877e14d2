#!/usr/bin/env python3
"""Asks the real binary every question of authz.json and of other files of its form: authz_check.py [FILE.json...] [CASE...].
PATCHBAY_BINARY names the binary, PATCHBAY_CORPORA the folder of corpora. After each refusal nothing may be changed, nothing
may have been asked of an upstream, and the refusal must be on record. Prints a line for each case that fails, and at last the
count. Cases whose route is not there yet are named and count as neither."""
import collections
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from authz_ops import OPS, OVERRULED, is_mapped
from authz_rules import RULES, Unmapped
from authz_stage import Stage

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CORPORA = Path(os.environ.get("PATCHBAY_CORPORA", str(REPOSITORY.parent / "shared/corpora")))


def matches(expect, status, absent):
    if expect == 200:
        return 200 <= status < 300
    return status == expect or (expect == 404 and absent and status == 405)


def ask(stage, op, case, expect):
    """What is wrong with the answer; None where nothing is."""
    principal, caller = case["principal"], stage.principals[case["principal"]]
    stage.wanted_role = "member" if principal in ("admin", "api_rw", "api_ro", "mcp_admin_member") else "admin"
    if op.judge:
        return op.judge(expect, stage, caller, principal)
    values = {}
    if "{X}" in op.path:
        values["X"] = "conn"
        if expect == 200:
            values["X"] = stage.server(stage.new_name("doomed"), {"everyone": True})["slug"]
            stage.wait_listed({values["X"]})
    answer = caller.send(op.method, stage.fill_in(op.path, principal, values), op.body(stage) if op.body else None)
    if 200 <= answer.status < 300 and op.undo:
        op.undo(stage, answer)
    return None if matches(expect, answer.status, op.absent) else repr(answer)


# A refusal is on record as a row of the trail or in the figure of refusals, which becomes a row each minute. Where there is no
# such operation there is nothing that was refused.
def check_refused(stage, op, before, refusals):
    faults = []
    after = stage.store.state()
    if changed := [table for table in after if after[table] != before["state"].get(table)]:
        faults.append(f"changed {', '.join(changed)}")
    if stage.upstream.requests != before["requests"]:
        faults.append(f"{stage.upstream.requests - before['requests']} requests reached the upstream")
    if not op.absent and not stage.wait_refused(refusals):
        faults.append("the refusal is not on record")
    return faults


def run_case(stage, case):
    op = OPS[case["op"]]
    expect, _ = OVERRULED.get((case["op"], case["principal"]), (case["expect"], ""))
    refused = expect in (401, 403, 404)
    if op.prepare:
        op.prepare(stage.principals[case["principal"]])
    before = {"state": stage.store.state(), "requests": stage.upstream.requests}
    refusals = stage.refusals() if refused else None
    wrong = ask(stage, op, case, expect)
    if wrong:
        return [f"expected {expect}, got {wrong}"]
    if refused:
        return check_refused(stage, op, before, refusals)
    stage.settle()
    return []


def run_guarded(run, *arguments):
    try:
        return run(*arguments)
    except Unmapped:
        raise
    except AssertionError as error:
        return [str(error) or "an assertion does not hold"]
    except Exception:  # pylint: disable=broad-except
        return [traceback.format_exc(limit=-3).strip().replace("\n", " ")]


def read_files(files, wanted):
    cases, rules = [], []
    for file in files:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content.get("class") == "authz":
            cases += content["cases"]
            rules += content["rules"]
    if wanted:
        cases = [case for case in cases if wanted & {case["id"], case["op"], case["principal"]}]
        rules = [rule for rule in rules if rule["id"] in wanted]
    return cases, rules


def run_all(stage, cases, rules):
    faults, unmapped, passed = [], collections.Counter(), 0
    mapped = {name: is_mapped(op, stage) for name, op in OPS.items()}
    for case in cases:
        if not mapped.get(case["op"]) or case["principal"] not in stage.principals:
            unmapped[case["op"]] += 1
            continue
        found = run_guarded(run_case, stage, case)
        passed += not found
        if found:
            faults.append(f"{case['id']} {case['op']} as {case['principal']}: {'; '.join(found)[:600]}")
    for rule in rules:
        try:
            found = run_guarded(RULES[rule["id"]], stage) if rule["id"] in RULES else ["there is no such rule here"]
        except Unmapped:
            unmapped[rule["id"]] += 1
            continue
        passed += not found
        if found:
            faults.append(f"{rule['id']} {rule['given']}: {'; '.join(found)[:600]}")
    return faults, unmapped, passed


def main():
    named = [Path(word) for word in sys.argv[1:] if word.endswith(".json")]
    files = named or sorted(CORPORA.glob("*.json"))
    if missing := [file for file in named if not file.exists()] or ([] if files else [CORPORA]):
        print(f"{missing[0]}: absent, so nothing was checked")
        return 1 if named else 0
    cases, rules = read_files(files, {word for word in sys.argv[1:] if not word.endswith(".json")})
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="patchbay-", ignore_cleanup_errors=True) as folder:
        stage = Stage(folder)
        try:
            faults, unmapped, passed = run_all(stage, cases, rules)
        finally:
            stage.close()
    for fault in faults:
        print(fault)
    for key, (expect, reason) in OVERRULED.items():
        if any((case["op"], case["principal"]) == key and case["expect"] != expect for case in cases):
            print(f"judged otherwise: {key[0]} as {key[1]} is {expect}; {reason}")
    waiting = ", ".join(f"{op} ({count} case{'s' if count > 1 else ''})" for op, count in sorted(unmapped.items()))
    print(f"authz: {len(cases)} cases and {len(rules)} rules in {time.monotonic() - began:.0f} s; unmapped: {waiting or 'none'}")
    print(f"{passed} passed, {len(faults)} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
