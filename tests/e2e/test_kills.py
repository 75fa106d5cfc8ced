"""The kill matrix: SIGKILL before and after each changing call of an apply, a change with replacements, a destroy and a
rollback, and between each answer and its commit; then one more run converges, boto3 counts no orphan and no duplicate, and
of a destroy nothing is left. In full by `make check-faults`, a seeded sample otherwise."""
from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from attempts import Base, attempt_all
from conftest import Drplan, Emulator
from faultstage import forget_faults, mutating
from killing import Killing, killer  # noqa: F401 - a fixture
from test_lifecycle import network
from twoversions import Versions, versions  # noqa: F401 - a fixture

CHANGE = ("-auto-approve", "--allow-data-loss")
UNDO = ("-auto-approve", "--rollback-scope=run")


def converges(stack: str, versions: Versions, base: Base, killer: Path, request: pytest.FixtureRequest) -> None:
    """However an apply of the stack is killed, the next one ends where one that nobody killed does."""
    killing = Killing(killer, "apply", stack, *CHANGE)
    with base.copy() as (one, world):
        cases = killing.cases(one, world)
        want = versions.numbers(world)
        versions.kinds = set(want)

    def attempt(drplan: Drplan, aws: Emulator, kind: str, nth: int) -> None:
        killing.kill(drplan, aws, kind, nth)
        drplan.apply(stack)
        drplan.clean(stack)
        versions.same(aws, want)
    attempt_all(request, base, cases, attempt)


def test_apply(versions: Versions, drplan: Drplan, aws: Emulator, killer: Path, request: pytest.FixtureRequest) -> None:
    converges(versions.older, versions, Base(drplan, aws), killer, request)


def test_change(versions: Versions, drplan: Drplan, aws: Emulator, killer: Path, request: pytest.FixtureRequest) -> None:
    drplan.apply(versions.older)
    converges(versions.newer, versions, Base(drplan, aws), killer, request)


def test_destroy(versions: Versions, drplan: Drplan, aws: Emulator, killer: Path, request: pytest.FixtureRequest) -> None:
    drplan.apply(versions.older)
    versions.kinds = set(versions.numbers(aws))
    base, killing = Base(drplan, aws), Killing(killer, "destroy", versions.older, *CHANGE)
    with base.copy() as (one, world):
        cases = killing.cases(one, world)
        versions.gone(one, world)

    def attempt(drplan: Drplan, aws: Emulator, kind: str, nth: int) -> None:
        killing.kill(drplan, aws, kind, nth)
        drplan.destroy(versions.older)
        versions.gone(drplan, aws)
    attempt_all(request, base, cases, attempt)


def failed_at_last(base: Base, versions: Versions) -> None:
    """A change of the base that failed at its last call and was not undone."""
    with base.copy() as (one, world):
        mark = world.mark()
        one.apply(versions.newer)
        last = len(mutating(world, mark))
    base.aws.fault(mutating=True, nth=last, kind="error-code", code="UnauthorizedOperation", status=403, times=1)
    base.drplan.run("apply", versions.newer, *CHANGE, "--on-failure=pause", code=1)
    forget_faults(base.aws)


def test_rollback(versions: Versions, drplan: Drplan, aws: Emulator, killer: Path, request: pytest.FixtureRequest) -> None:
    """Of a change that failed; the next one after the kill brings the older version back."""
    drplan.apply(versions.older)
    want = versions.numbers(aws)
    versions.kinds = set(want)
    base, killing = Base(drplan, aws), Killing(killer, "rollback", versions.older, *UNDO)
    failed_at_last(base, versions)
    with base.copy() as (one, world):
        cases = killing.cases(one, world)
        versions.same(world, want)

    def attempt(drplan: Drplan, aws: Emulator, kind: str, nth: int) -> None:
        killing.kill(drplan, aws, kind, nth)
        got = drplan.run("rollback", versions.older, *UNDO, code=None)
        assert got.code in (0, 3) or "undone already" in got.err, got.text
        drplan.clean(versions.older)
        versions.same(aws, want)
    attempt_all(request, base, cases, attempt)


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
        rows = drplan.state()
        assert rows["Vpc"]["status"] == "pending"
    finally:
        aws.control("DELETE", "holds")
    drplan.apply()
    drplan.clean()
    assert {row["status"] for row in drplan.state().values()} == {"ok"}
    drplan.destroy()
    assert aws.leftovers()["total"] == 0
