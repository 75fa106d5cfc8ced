"""Golden tests: each tests/golden/**/*.test holds a stack, the arguments, and what drplan must print.

    python run.py --drplan PATH [--update] [--only WORD] [-j N] FOLDER...

A file is a sequence of sections, each begun by a line `--- NAME`; what stands before the first is a remark:

    --- stack.yaml        any name with a dot or a slash is a file of the test's folder
    --- args              one command line per line, without the program's name; the last one's output is compared
    --- env               NAME=VALUE lines (optional)
    --- at                positions that the errors must have, `file:line:col`, one a line (optional, never rewritten)
    --- exit              the last command's status; the others must end with 0
    --- stdout
    --- stderr

`--- NAME escaped` takes Python's backslash escapes, for bytes that a text file cannot hold, and {{N * TEXT}} for a text
N times over. What differs from run to run is normalised: ids, random parts of names, durations. --update rewrites exit,
stdout and stderr; `at` stays as written by hand, so that a wrong position cannot be blessed by mistake.
"""
from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OUTPUTS = ("exit", "stdout", "stderr")
NORMAL = [
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b(vpc|subnet|sg|sgr|igw|nat|rtb|rtbassoc|eipalloc|eni|acl|aclassoc|vpce|pcx|dopt|fl|vpc-cidr-assoc)-[0-9a-f]{8,17}\b"), r"\1-ID"),
    (re.compile(r"-[A-Z0-9]{12}\b"), "-RANDOM"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s|min \d+ s)\b"), "N s"),
]


def normal(text: str) -> str:
    for pattern, replacement in NORMAL:
        text = pattern.sub(replacement, text)
    return text


def unescaped(text: str) -> bytes:
    text = re.sub(r"\{\{(\d+) \* (.*?)\}\}", lambda m: int(m[1]) * m[2], text.rstrip("\n"))
    return text.encode("ascii").decode("unicode_escape").encode("latin-1")


class Case:
    def __init__(self, path: Path) -> None:
        self.path, self.remark = path, ""
        self.sections: dict[str, str] = {}
        name, escaped = None, False
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            head = re.fullmatch(r"--- (\S+)( escaped)?\n?", line)
            if head:
                name = head[1] + (head[2] or "")
                self.sections[name] = ""
            elif name is None:
                self.remark += line
            else:
                self.sections[name] += line

    def text(self) -> str:
        return self.remark + "".join(f"--- {k}\n{v}" + ("" if not v or v.endswith("\n") else "\n") for k, v in self.sections.items())

    def run(self, program: Path) -> dict[str, str]:
        with tempfile.TemporaryDirectory(prefix="golden-") as folder:
            env = {"PATH": os.environ["PATH"], "HOME": folder, "AWS_REGION": "us-west-2", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                   "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true",
                   "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=0"), "UBSAN_OPTIONS": "print_stacktrace=1"}
            for name, content in self.sections.items():
                name, _, escaped = name.partition(" ")
                if "." not in name and "/" not in name:
                    continue
                target = Path(folder) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(unescaped(content) if escaped else content.encode())
            for line in self.sections.get("env", "").splitlines():
                key, _, value = line.partition("=")
                env[key] = value
            commands = [shlex.split(line) for line in self.sections["args"].splitlines() if line.strip()]
            for i, args in enumerate(commands):
                got = subprocess.run([str(program), *args], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
                if got.returncode and i + 1 < len(commands):
                    break
            out = {"exit": f"{got.returncode}\n", "stdout": got.stdout.decode("utf-8", "backslashreplace"), "stderr": got.stderr.decode("utf-8", "backslashreplace")}
            return {k: normal(v.replace(folder, "DIR")) for k, v in out.items()}

    def problems(self, got: dict[str, str]) -> list[str]:
        found = []
        if "Sanitizer" in got["stderr"] or int(got["exit"]) < 0:
            found.append("it crashed:\n" + got["stderr"][-3000:])
        for where in self.sections.get("at", "").split():
            if not re.search(rf"^{re.escape(where)}: (error|warning): ", got["stderr"], re.M):
                found.append(f"no message at {where}:\n{got['stderr']}")
        for name in OUTPUTS:
            want = self.sections.get(name, "")
            if want != got[name]:
                diff = difflib.unified_diff(want.splitlines(), got[name].splitlines(), f"expected {name}", f"actual {name}", lineterm="", n=2)
                found.append("\n".join(diff))
        return found


def main() -> int:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--drplan", required=True, type=Path)
    ap.add_argument("--update", action="store_true", help="rewrite what was expected by what came out")
    ap.add_argument("--only", default="", help="cases whose path has this word")
    ap.add_argument("-j", type=int, default=2, help="cases at once")
    ap.add_argument("folders", nargs="+", type=Path)
    args = ap.parse_args()
    program = args.drplan.resolve()
    cases = [Case(p) for folder in args.folders for p in sorted(folder.rglob("*.test")) if args.only in str(p)]
    failed = 0
    with ThreadPoolExecutor(args.j) as pool:
        for case, got in zip(cases, pool.map(lambda c: c.run(program), cases)):
            if args.update:
                for name in OUTPUTS:
                    case.sections.pop(name, None)
                case.sections |= {name: got[name] for name in OUTPUTS if got[name]}
                case.path.write_text(case.text(), encoding="utf-8")
            problems = case.problems(got)
            if problems:
                failed += 1
                print(f"FAIL {case.path}", *problems, sep="\n", file=sys.stderr)
    print(f"golden: {len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
