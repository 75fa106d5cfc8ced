"""DR::Local::File: texts beside the stack, on the emulator and on the simulator."""
from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from conftest import Drplan, Emulator, Json, att, ref, res, stack


def file_stack(**props: str) -> Json:
    return stack(**{"F": res("DR::Local::File", **({"Path": "out/run.sh", "Content": "#!/bin/sh\n", "Mode": "0755"} | props)),
                  "T": res("AWS::SNS::Topic", TopicName="t", DisplayName=att("F", "Sha256"))})


@pytest.mark.parametrize("simulated", [False, True], ids=["emulator", "simulator"])
def test_file_lives(simulated: bool, request: pytest.FixtureRequest) -> None:
    drplan: Drplan = request.getfixturevalue("sim" if simulated else "drplan")
    path = drplan.folder / (".drplan/sim.files" if simulated else "dr") / "out" / "run.sh"
    drplan.write("dr/stack.yaml", file_stack())
    drplan.apply("dr")
    drplan.clean("dr")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("#!/bin/sh\n", 0o755)
    assert drplan.state()["F"]["attributes"]["Sha256"] == hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    drplan.write("dr/stack.yaml", file_stack(Content="two\n", Mode="0600"))
    assert drplan.changes("dr") == {"F": "update", "T": "update"}
    drplan.apply("dr")
    drplan.clean("dr")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two\n", 0o600)
    path.write_text("by hand\n")
    assert drplan.changes("dr") == {"F": "update", "T": "update"}
    drplan.apply("dr")
    assert path.read_text() == "two\n"
    path.unlink()
    drplan.apply("dr")
    drplan.clean("dr")
    drplan.write("dr/stack.yaml", file_stack(Path="other.sh"))
    assert drplan.changes("dr")["F"] == "replace"
    drplan.apply("dr")
    assert not path.exists() and (path.parent.parent / "other.sh").exists()
    drplan.destroy("dr")
    assert [p for p in path.parent.parent.rglob("*") if p.is_file() and p.name != "stack.yaml"] == []


def test_changed_file_stays(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", file_stack())
    drplan.apply()
    (drplan.folder / "out/run.sh").write_text("by hand\n")
    told = drplan.destroy()
    assert "'out/run.sh' was changed since drplan wrote it, and stays" in told.err
    assert (drplan.folder / "out/run.sh").read_text() == "by hand\n" and drplan.state() == {}


def test_file_of_others_is_not_written_over(drplan: Drplan) -> None:
    drplan.write("out/run.sh", "theirs\n")
    drplan.write("stack.yaml", file_stack())
    assert "another content already" in drplan.apply(code=1).err
    assert (drplan.folder / "out/run.sh").read_text() == "theirs\n"


def test_interrupted_write(drplan: Drplan) -> None:
    """What a killed write leaves: a file beside the place. It counts for nothing, and goes with the next write."""
    drplan.write("out/.drplan-run.sh~", "#!/bin")
    drplan.write("stack.yaml", file_stack())
    drplan.apply()
    assert sorted(p.name for p in (drplan.folder / "out").iterdir()) == ["run.sh"]
    drplan.destroy()


@pytest.mark.parametrize("path", ["../up", "a/../../up", "/tmp/up", "link/up", "a//b", "dangling"])
def test_file_stays_below_the_stack(path: str, drplan: Drplan, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (drplan.folder / "link").symlink_to(outside)
    (drplan.folder / "dangling").symlink_to(outside / "up")
    drplan.write("stack.yaml", file_stack(Path=path))
    drplan.apply(code=1)
    assert list(outside.iterdir()) == [] and not (drplan.folder.parent / "up").exists() and not Path("/tmp/up").exists()


def test_file_keeps_no_secret(drplan: Drplan) -> None:
    template = file_stack(Content=ref("Password"))
    template["Parameters"] = {"Password": {"Type": "String", "NoEcho": True, "Default": "hush-hush"}}
    drplan.write("stack.yaml", template)
    assert "holds a secret" in drplan.apply(code=1).err
    assert not (drplan.folder / "out/run.sh").exists()
