"""The end-to-end tests drive the built program (environment DRPLAN, default build/plain/drplan) against the emulator in
tests/emulator, and read the result back with boto3, never with drplan itself. After each test the emulator's log must
show no request that violates AWS's models and no wrong signature.
"""
from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

TOP = Path(__file__).resolve().parents[2]
EMULATOR = TOP / "tests" / "emulator"
REGION = "us-west-2"
KEY, SECRET = "testing", "testing-secret"
PROFILES = ("primary", "dr")         # of the examples' targets
sys.path.insert(0, str(EMULATOR))
import oracle  # noqa: E402

# A pipeline's background job ignores Ctrl-C, and so would all that it starts; what is tested here is a terminal's.
signal.signal(signal.SIGINT, signal.default_int_handler)

Json = dict[str, Any]
ORACLES: dict[tuple[str, tuple[str, ...]], oracle.Oracle] = {}


def program() -> Path:
    path = Path(os.environ.get("DRPLAN", TOP / "build" / "plain" / "drplan")).resolve()
    if not path.exists():
        pytest.exit(f"no program at {path}: build it, or set DRPLAN", 2)
    return path


class Emulator:
    """One emulator process; reset between tests."""

    def __init__(self, folder: Path) -> None:
        self.log_path = folder / "requests.jsonl"
        self.process = subprocess.Popen([sys.executable, str(EMULATOR / "awsemu.py"), "--port", "0", "--strict", "--log", str(self.log_path)],
                                        stdout=subprocess.PIPE, stderr=open(folder / "emulator.err", "wb"), text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, (folder / "emulator.err").read_text()[-2000:]
        self.url = f"http://127.0.0.1:{json.loads(line)['port']}"
        self.clients: dict[tuple[str, str], Any] = {}

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
        request = urllib.request.Request(f"{self.url}/_emu/{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def reset(self) -> None:
        self.control("POST", "reset")

    def log(self, since: int = 0) -> list[Json]:
        return self.control("GET", f"log?since={since}")

    def mark(self) -> int:
        """Where the log stands: what comes later has a number of at least this."""
        return self.control("GET", "stats")["requests"]

    def calls(self, since: int = 0) -> Counter[str]:
        """How often each operation was called."""
        return Counter(e["operation"] for e in self.log(since))

    def fault(self, **rule: Any) -> None:
        self.control("POST", "faults", rule)

    def functions_answer(self, region: str, *answers: Json) -> None:
        """What functions of a region answer next, one answer a call; without that, what they were asked. Nothing runs their code."""
        body = {"results": [json.dumps(a) for a in answers], "account_id": "123456789012", "region": region}
        request = urllib.request.Request(f"{self.url}/moto-api/static/lambda-simple/response", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def violations(self) -> list[Json]:
        return self.control("GET", "violations")

    def client(self, service: str, region: str = REGION) -> Any:
        if (service, region) not in self.clients:
            self.clients[service, region] = boto3.session.Session(KEY, SECRET).client(
                service, region_name=region, endpoint_url=self.url, config=Config(retries={"total_max_attempts": 2}))
        return self.clients[service, region]

    def oracle(self, regions: tuple[str, ...] = (REGION,)) -> oracle.Oracle:
        """Its clients take long to make, so each address has one for good."""
        if (self.url, regions) not in ORACLES:
            ORACLES[self.url, regions] = oracle.Oracle(self.url, list(regions))
        return ORACLES[self.url, regions]

    def leftovers(self, regions: tuple[str, ...] = (REGION,)) -> Json:
        return oracle.leftovers(self.oracle(regions).inventory({"ec2", "logs"}))


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def lines(self) -> list[Json]:
        return [json.loads(line) for line in self.out.splitlines()]


class Drplan:
    """Runs the program in a folder of its own with an environment that is all of it."""

    def __init__(self, folder: Path, url: str | None, sim: bool = False) -> None:
        self.folder, self.sim = folder, sim
        home = folder / "home"
        (home / ".aws").mkdir(parents=True)
        (home / ".aws" / "credentials").write_text("".join(f"[{name}]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n" for name in PROFILES))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION,
                    "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": url or "http://127.0.0.1:9"}
        self.env |= {k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}

    def moved(self, folder: Path, url: str) -> Drplan:
        """The same in a copy of its folder, against a copy of the emulator."""
        other = copy.copy(self)
        other.folder, other.env = folder, self.env | {"HOME": str(folder / "home"), "AWS_ENDPOINT_URL": url}
        return other

    def write(self, name: str, content: Any) -> Path:
        """A stack (a tree, written as YAML), or any text."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return path

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        extra = ["--sim"] if self.sim and args[0] in ("plan", "apply", "destroy", "rollback", "recover", "import", "drift", "show", "state", "output") else []
        return subprocess.Popen([str(program()), *args, *extra], cwd=self.folder, env=self.env | env, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *args: str, code: int | None = 0, timeout: float = 60, **env: str) -> Result:
        """Run and require the exit status, unless code is None."""
        process = self.start(*args, **env)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{args} did not end in {timeout} s\n{out}\n{err}") from None
        got = Result(process.returncode, out, err)
        assert got.code >= 0, f"{args} died of signal {-got.code}\n{got.text}"
        assert "Sanitizer" not in err, got.text
        assert code is None or got.code == code, f"{args}: wanted exit {code}\n{got.text}"
        return got

    def apply(self, *args: str, code: int = 0) -> Result:
        return self.run("apply", "-auto-approve", "--allow-data-loss", *args, code=code)

    def destroy(self, *args: str, code: int = 0) -> Result:
        return self.run("destroy", "-auto-approve", "--allow-data-loss", *args, code=code)

    def changes(self, *args: str) -> dict[str, str]:
        """What a plan would do: address -> action, without what stays."""
        lines = self.run("plan", "-json", *args).lines()
        return {m["change"]["resource"]["addr"]: m["change"]["action"] for m in lines if m["type"] == "planned_change"}

    def clean(self, *args: str) -> None:
        """A plan must find nothing to do, and say so by its exit status."""
        got = self.run("plan", "-detailed-exitcode", *args, code=None)
        assert got.code == 0, f"the plan is not empty\n{got.text}"

    def state(self) -> dict[str, Json]:
        return {row["address"]: row for row in json.loads(self.run("state", "list", "-json").out)}

    def ids(self) -> dict[str, str]:
        return {address: row["id"] for address, row in self.state().items()}


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    yield emulator
    emulator.stop()


@pytest.fixture
def aws(emulator: Emulator) -> Iterator[Emulator]:
    """An empty account."""
    emulator.reset()
    yield emulator
    bad = emulator.violations()
    assert not bad, json.dumps(bad, indent=1)[:4000]


@pytest.fixture
def drplan(aws: Emulator, tmp_path: Path) -> Drplan:
    return Drplan(tmp_path, aws.url)


@pytest.fixture
def sim(tmp_path: Path) -> Drplan:
    return Drplan(tmp_path, None, sim=True)


@pytest.fixture(params=["aws", "sim"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Drplan:
    """The same test on the emulator and on the simulator."""
    if request.param == "sim":
        return Drplan(tmp_path, None, sim=True)
    return Drplan(tmp_path, request.getfixturevalue("aws").url)


def stack(**resources: Json) -> Json:
    """A stack of these resources: {"Type": ..., "Properties": ...}."""
    return {"Resources": resources}


def res(kind: str, **props: Any) -> Json:
    return {"Type": kind, "Properties": props}


def ref(name: str) -> Json:
    return {"Ref": name}


def att(name: str, attribute: str) -> Json:
    return {"Fn::GetAtt": [name, attribute]}


#: Files that change each property of each type alone, or kill it at each call: hundreds of cases. `make check` takes every SAMPLE-th of each,
#: chosen by name so that the choice is the same everywhere; `make check-matrix` (E2E=all) takes all.
MATRICES = {"test_matrix.py", "test_ec2.py", "test_iam.py", "test_data.py", "test_ops.py", "test_lists.py", "test_templates.py",
            "test_import_types.py", "test_recovery_types.py", "test_every_property.py"}
SAMPLE = 10
#: Each of these costs many whole runs: `make check` takes one variant of each test, by FAULT_SEED; `make check-faults` all.
ONE_VARIANT = {"test_kills.py", "test_faults.py", "test_runbook_kills.py"}


def one_of_each(items: list[pytest.Item]) -> set[pytest.Item]:
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        tests.setdefault(item.nodeid.split("[")[0], []).append(item)
    seed = int(os.environ.get("FAULT_SEED", "1"))
    return {variants[(zlib.crc32(name.split("::", 1)[1].encode()) + seed) % len(variants)] for name, variants in tests.items()}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("E2E") == "all" or os.environ.get("FAULTS"):
        return
    kept = one_of_each([i for i in items if i.path.name in ONE_VARIANT])
    left_out = [i for i in items if i.path.name in ONE_VARIANT and i not in kept or i.path.name in MATRICES and "[" in i.nodeid and
                zlib.crc32(i.nodeid.split("::", 1)[1].encode()) % SAMPLE]
    config.hook.pytest_deselected(items=left_out)
    dropped = set(left_out)
    items[:] = [i for i in items if i not in dropped]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many cases the tests of faults went through, and how many of them failed."""
    told = [(r, dict(r.user_properties)["cases"]) for reports in list(terminalreporter.stats.values()) for r in reports
            if getattr(r, "when", "") == "call" and "cases" in dict(r.user_properties)]
    for report, (n, of, failed) in told:
        terminalreporter.write_line(f"{report.nodeid.rpartition('/')[2]}: {n} of {of} cases, {failed} failures")
    if told:
        n, of, failed = (sum(c[i] for _, c in told) for i in range(3))
        terminalreporter.write_line(f"{n} of {of} cases, {failed} failures")
