#!/usr/bin/env python3
"""What every committed file must satisfy, whatever its language: JSON that parses, no place of one machine,
no registry's address, lock files without download addresses. Prints one line for each file that does not."""
import json
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
MACHINE_PATHS = re.compile(r"(^|[^A-Za-z0-9_.$}])/(?:work|farm|root|home)/", re.M)
# Spelled in pieces so that this file does not name what it looks for.
REGISTRIES = re.compile("|".join(re.escape(host) for host in
                                 ("registry." + "npmjs", "deb." + "debian.org", "deb." + "nodesource", "proxy." + "golang")))
FORBIDDEN_CALLS = re.compile(r"\bstd::(?:regex|sto[iuldf]\w*|system)\b|\bpopen\(|\bato[ifl]+\(|httplib::(?:SSL)?Client\b")
# Catch2 hands its expression to __builtin_constant_p as well, and g++ then awaits it twice.
AWAITED_CHECKS = re.compile(r"\b(?:CHECK|REQUIRE)(?:_FALSE)?\([^;{]*\bco_await\b")

LONGEST_SOURCE = 400  # lines; the house style's limit

# Where src gives a stable error id. What is passed on by a variable is found where it gets its value.
ERROR_IDS = [re.compile(pattern) for pattern in (
    r'Error::(?:invalid|unauthenticated|forbidden|not_found|conflict|busy|limited|upstream|timeout|internal)'
    r'\(\s*"(\w+)"',
    r'Error::Kind::\w+,\s*"(\w+)"',
    r'\b(?:error_reply|refuse|Refusal)\s*[({]\s*(?:\w+,\s*)?[1-5]\d\d,\s*"(\w+)"',
    r'\brefuse\(\s*"([a-z_]+)",',
    r'\bfailed\(std::move\(event\),\s*"\w+",\s*"(\w+)"',
    r'\bfailed_result\(\s*"(\w+)"',
    r'\bproblem_id = "(\w+)"')]
ERROR_TABLE = re.compile(r'^    \{"(\w+)",', re.M)

# The rows of the requirements table (section 8) that the issues that are done promise. Each is named by a test: "R44: …".
REQUIREMENTS = [*range(34, 53), *range(54, 80), *range(82, 96), 99, 100, *range(117, 120)]
TEST_NAME = re.compile(r'''(?:\bTEST_CASE\(|^\s*test\()\s*["'`]?((?:R\d+(?:, )?)+):''', re.M)

RULES = {"self test", "length", "json", "lock files", "paths", "registries", "calls", "awaited checks", "error ids",
         "requirements"}


def no_repeated_key(pairs):
    keys = [key for key, _ in pairs]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise ValueError(f"the key {sorted(repeated)[0]!r} stands twice")
    return dict(pairs)


def faults_of(name, text):
    """Yields (rule, sentence) for each rule that this file breaks."""
    if name.endswith(".json"):
        try:
            json.loads(text, object_pairs_hook=no_repeated_key)
        except ValueError as error:
            yield "json", f"is no valid JSON: {error}"
    if name.endswith("package-lock.json"):
        if '"resolved": "http' in text:
            yield "lock files", "holds download addresses; run npm install with the repository's .npmrc"
    elif MACHINE_PATHS.search(text):
        yield "paths", f"names a path of one machine: {MACHINE_PATHS.search(text).group().strip()}"
    if REGISTRIES.search(text):
        yield "registries", "names a package registry's host"
    if name.startswith("src/") and FORBIDDEN_CALLS.search(text):
        yield "calls", f"uses {FORBIDDEN_CALLS.search(text).group()}, which the house rules forbid"
    if name.startswith("src/") and not name.endswith(".json") and text.count("\n") > LONGEST_SOURCE:
        yield "length", f"has {text.count(chr(10))} lines, {LONGEST_SOURCE} at most: split it"
    if name.startswith("tests/") and name.endswith((".cpp", ".h")) and AWAITED_CHECKS.search(text):
        yield "awaited checks", "awaits inside CHECK or REQUIRE: g++ does that twice; await into a variable first"


def fault_of_errors(sources):
    """Each id that src uses is in the table, and the table holds none that nobody uses. `sources` are texts by name."""
    table = [error for name, text in sources.items() if "http/error_table" in name for error in ERROR_TABLE.findall(text)]
    others = {name: text for name, text in sources.items() if "http/error_table" not in name}
    for error in sorted({error for error in table if table.count(error) > 1}):
        yield f"src/http/error_table: {error} stands twice"
    for name, text in others.items():
        for error in sorted({match for pattern in ERROR_IDS for match in pattern.findall(text)} - set(table)):
            yield f"{name} uses the error id {error}, which src/http/error_table*.cpp does not explain"
    everything = "\n".join(others.values())
    for error in table:
        if f'"{error}"' not in everything:
            yield f"src/http/error_table: nobody uses {error}"


def unproven_requirements(tests):
    """The rows that the name of no test begins with. `tests` are the texts of test files."""
    named = {int(number) for text in tests for numbers in TEST_NAME.findall(text) for number in re.findall(r"\d+", numbers)}
    return [f"R{number} is named by no test: begin the name of the one that proves it with R{number}:"
            for number in REQUIREMENTS if number not in named]


def committed_files():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY,
                            check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]


def self_test():
    """The rules find what is planted, and nothing in a clean file."""
    planted = {"a.json": "{", "b.json": '{"a": 1, "a": 2}', "c/package-lock.json": '{"resolved": "https://x"}',
               "d.md": "see /" + "work/x", "e.md": "registry." + "npmjs" + ".org", "src/f.cpp": "std::" + "stoi(text)",
               "tests/g.cpp": "CHECK(co_await f() == 1);", "src/h.cpp": "\n" * (LONGEST_SOURCE + 1)}
    missed = [name for name, text in planted.items() if not list(faults_of(name, text))]
    wrong = list(faults_of("src/g.json", '{"path": "https://example.com/work/", "file": "/etc/patchbay"}'))
    ids = {"src/http/error_table.cpp": '    {"old", 400, "", ""},\n    {"known", 400, "", ""},\n',
           "src/a.cpp": 'throw Error::invalid(\n  "known", "x"); co_await refuse(visit, 405, "new", "y");'}
    if [fault.split()[-1] for fault in fault_of_errors(ids)] != ["explain", "old"]:
        missed.append("an error id")
    named = ['TEST_CASE(\n    "R34, R35: a", "[x]")', 'test("R36: b", async () => {', '// R37: no test', 'assert("R38: none")']
    if [fault.split()[0] for fault in unproven_requirements(named)][:2] != ["R37", "R38"]:
        missed.append("a requirement")
    return [f"self test: {name} was not found out" for name in missed] + [f"self test: {fault}" for _, fault in wrong]


def main():
    faults = self_test()
    broken = {"self test"} if faults else set()
    sources, tests = {}, []
    for name in committed_files():
        try:
            text = (REPOSITORY / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if name.startswith("src/") and name.endswith((".h", ".cpp")):
            sources[name] = text
        if name.startswith("tests/") and name.endswith(("_test.cpp", ".test.mjs")):
            tests.append(text)
        for rule, sentence in faults_of(name, text):
            broken.add(rule)
            faults.append(f"{name} {sentence}")
    unproven = unproven_requirements(tests)
    if unproven:
        broken.add("requirements")
    faults += unproven
    wrong_ids = list(fault_of_errors(sources))
    if wrong_ids:
        broken.add("error ids")
    faults += wrong_ids
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(RULES) - len(broken)} passed, {len(broken)} failed")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
