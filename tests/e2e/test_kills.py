"""The kill matrix: SIGKILL before and after each changing call of an apply, a change with replacements, a destroy and a
rollback; then one more run converges, boto3 counts no orphan and no duplicate, and nothing is left in the end. In full
by `make check-faults`, a seeded sample otherwise."""
from __future__ import annotations

import re
import shutil
import signal
import time
from typing import Any

import examples
import pytest
from conftest import Drplan, Emulator, Json
from faultstage import REGIONS, forget_faults, ids, inventory, killed, mutating, newer, sample
from test_lifecycle import network

KINDS = ("hold-before", "hold-after")
#: how a sample is cut: so many cases of each test
CASES = 1
Change = tuple[str, str]


def cases(n: int) -> list[tuple[str, int]]:
    return sample([(kind, nth) for kind in KINDS for nth in range(1, n + 1)], CASES)


def count(drplan: Drplan, aws: Emulator, stack: str, want: Json) -> None:
    """As many of each kind as after a run that nobody killed, and the plan is clean."""
    drplan.clean(stack)
    got = inventory(aws, stable=False)
    assert {k: {r: len(i) for r, i in places.items()} for k, places in got.items()} == want


def numbers(aws: Emulator) -> Json:
    return {k: {r: len(i) for r, i in places.items()} for k, places in inventory(aws, stable=False).items()}


@pytest.fixture(params=["dr-webapp", "dr-automation", "network"])
def versions(request: pytest.FixtureRequest, drplan: Drplan, aws: Emulator) -> Change:
    """Two versions of a stack, as paths."""
    name: str = request.param
    aws.before = {}
    if name == "network":
        drplan.write("older.yaml", network() | {"Stack": "t"})
        drplan.write("newer.yaml", newer(network()) | {"Stack": "t"})
        return "older.yaml", "newer.yaml"
    example = examples.Example(drplan, name, aws)
    aws.before = left(aws)
    shutil.copytree(drplan.folder / name, drplan.folder / "newer")
    (drplan.folder / name).rename(drplan.folder / "older")
    for path, old, new in (("stack.yaml", "  Tags: {", "  Tags: {Version: two, "), ("security.yaml", "GroupDescription: ", "GroupDescription: The other - ")):
        text = (drplan.folder / "newer" / path).read_text()      # everything is updated, a security group replaced with what uses it
        assert old in text
        (drplan.folder / "newer" / path).write_text(text.replace(old, new, 1))
    for name, value in (arg.removeprefix("-var=").split("=", 1) for arg in example.args):
        drplan.env[f"DRPLAN_VAR_{name}"] = value
    return "older", "newer"


def gone(drplan: Drplan, aws: Emulator, stack: str) -> None:
    drplan.destroy(stack)
    assert drplan.state() == {}
    examples.purge_secrets(aws)
    assert left(aws) == aws.before


def left(aws: Emulator) -> Json:
    """Beside an example stands its primary region, which was there before."""
    found = aws.leftovers(REGIONS)
    return found["by_kind"]


def told(name: str, n: int, of: int) -> None:
    print(f"{name}: {n} of {of} kills, 0 failures")


def test_apply(versions: Change, drplan: Drplan, aws: Emulator) -> None:
    older, _ = versions
    mark = aws.mark()
    drplan.apply(older)
    n, want = len(mutating(aws, mark)), numbers(aws)
    gone(drplan, aws, older)
    todo = cases(n)
    for kind, nth in todo:
        killed(drplan, aws, kind, nth, "apply", older, "-auto-approve")
        drplan.apply(older)
        count(drplan, aws, older, want)
        gone(drplan, aws, older)
    told("apply", len(todo), 2 * n)


def test_change(versions: Change, drplan: Drplan, aws: Emulator) -> None:
    older, later = versions
    drplan.apply(older)
    mark = aws.mark()
    drplan.apply(later)
    n, want = len(mutating(aws, mark)), numbers(aws)
    todo = cases(n)
    for kind, nth in todo:
        gone(drplan, aws, later)
        drplan.apply(older)
        killed(drplan, aws, kind, nth, "apply", later, "-auto-approve")
        drplan.apply(later)
        count(drplan, aws, later, want)
    gone(drplan, aws, later)
    told("change", len(todo), 2 * n)


def test_destroy(versions: Change, drplan: Drplan, aws: Emulator) -> None:
    older, _ = versions
    drplan.apply(older)
    mark = aws.mark()
    gone(drplan, aws, older)
    n = len(mutating(aws, mark))
    todo = cases(n)
    for kind, nth in todo:
        drplan.apply(older)
        killed(drplan, aws, kind, nth, "destroy", older, "-auto-approve", "--allow-data-loss")
        gone(drplan, aws, older)
    told("destroy", len(todo), 2 * n)


def test_rollback(versions: Change, drplan: Drplan, aws: Emulator) -> None:
    """A change that failed at its last call, and an undo of it that is killed; the next one brings the older version back."""
    older, later = versions
    drplan.apply(older)
    want, known = numbers(aws), ids(inventory(aws, stable=False))
    mark = aws.mark()
    drplan.apply(later)
    last = len(mutating(aws, mark))
    gone(drplan, aws, later)

    def fail() -> None:
        drplan.apply(older)
        aws.fault(mutating=True, nth=last, kind="error-code", code="UnauthorizedOperation", status=403, times=1)
        drplan.run("apply", later, "-auto-approve", "--on-failure=pause", code=None)
        forget_faults(aws)
    fail()
    mark = aws.mark()
    drplan.run("rollback", older, "-auto-approve", "--rollback-scope=run", code=None)
    n = len(mutating(aws, mark))
    assert n and known
    todo = cases(n)
    for kind, nth in todo:
        gone(drplan, aws, older)
        fail()
        killed(drplan, aws, kind, nth, "rollback", older, "-auto-approve", "--rollback-scope=run")
        got = drplan.run("rollback", older, "-auto-approve", "--rollback-scope=run", code=None)
        assert got.code in (0, 3) or "undone already" in got.err, got.text
        count(drplan, aws, older, want)
    gone(drplan, aws, older)
    told("rollback", len(todo), 2 * n)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal(number: int, drplan: Drplan, aws: Emulator) -> None:
    """A pipeline stops a run whose VPC takes its time: in less than 5 s the state is consistent and free, the wait
    is recorded, and the next run takes it up."""
    drplan.write("stack.yaml", network())
    aws.control("POST", "holds", {"preset_polls": 100000})
    try:
        process = drplan.start("apply", "-auto-approve")
        while "CreateVpc" not in (seen := [e["operation"] for e in aws.log()]) or "DescribeVpcs" not in seen[seen.index("CreateVpc"):]:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        time.sleep(0.5)
        began = time.time()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        took = time.time() - began
        assert process.returncode == 128 + number, f"{out}\n{err}"
        assert took < 5, took
        rows: dict[str, Any] = drplan.state()
        assert rows["Vpc"]["status"] == "pending"
    finally:
        aws.control("DELETE", "holds")
    drplan.apply()
    drplan.clean()
    assert {row["status"] for row in drplan.state().values()} == {"ok"}
    gone(drplan, aws, "stack.yaml")
