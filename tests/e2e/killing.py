"""A command that is killed: before or after each of its changing calls, as the emulator sees them, and before each commit of
its state, as a preloaded library sees them."""
from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from conftest import Drplan, Emulator
from faultstage import killed, mutating

KINDS = ("hold-before", "hold-after")
COMMIT = "before-commit"
Case = tuple[str, int]


@pytest.fixture(scope="session")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Preloaded, it kills at a commit."""
    path = tmp_path_factory.mktemp("kill") / "killcommit.so"
    subprocess.run(["cc", "-O1", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", str(path), str(Path(__file__).with_name("killcommit.c")), "-ldl"], check=True)
    return path


class Killing:
    """One command: how often it can be killed, and the killing."""

    def __init__(self, killer: Path, *args: str) -> None:
        self.killer, self.args = str(killer), args

    def cases(self, drplan: Drplan, aws: Emulator) -> list[tuple[str, int]]:
        """Run it through, and count its changing calls and its commits."""
        mark = aws.mark()
        drplan.run(*self.args, code=None, timeout=300, LD_PRELOAD=self.killer, COMMITS=str(drplan.folder / "commits"))
        calls, commits = len(mutating(aws, mark)), int((drplan.folder / "commits").read_text())
        assert calls and commits
        return [(kind, nth) for kind in KINDS for nth in range(1, calls + 1)] + [(COMMIT, nth) for nth in range(1, commits + 1)]

    def kill(self, drplan: Drplan, aws: Emulator, kind: str, nth: int) -> None:
        if kind != COMMIT:
            killed(drplan, aws, kind, nth, *self.args)
            return
        process = drplan.start(*self.args, LD_PRELOAD=self.killer, KILL_AT=str(nth))
        out, err = process.communicate(timeout=300)
        assert process.returncode in (-signal.SIGKILL, 0), f"{out}\n{err}"      # 0: it had fewer commits this time
