"""Runbooks on the simulator: temporary stacks and what always runs, after success, failure, a signal and a kill; programs,
approvals, gaps; and what is refused before anything is begun."""
from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

from conftest import Drplan, Json, res

VPC = res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
COPY = {"Parameters": {"VpcId": {"Type": "String"}, "Run": {"Type": "String"}},
        "Resources": {"Sub": res("AWS::EC2::Subnet", VpcId={"Ref": "VpcId"}, CidrBlock="10.0.9.0/24")},
        "Outputs": {"Id": {"Value": {"Ref": "Sub"}}, "Run": {"Value": {"Ref": "Run"}}}}


def program(script: str, *args: str) -> Json:
    return {"Command": {"Argv": ["sh", "-c", script, *args]}}


def drill(sim: Drplan, *steps: Json, always: str = "echo cleaned >>log") -> None:
    copy = {"Name": "copy", "Temporary": {"TemplateURL": "copy.yaml", "StackName": {"Fn::Sub": "web-${DR::RunId}"},
                                          "Parameters": {"VpcId": {"Ref": "Vpc"}, "Run": {"Ref": "DR::RunId"}}, "Ttl": "2h"}}
    sim.write("sub/copy.yaml", COPY)
    sim.write("sub/books.yaml", {"Runbooks": {"drill": {"To": "dr", "Steps": [copy, *steps], "Always": [{"Name": "clean", **program(always)}]}}})
    sim.write("stack.yaml", {"Stack": "web", "Include": ["sub/books.yaml"], "Targets": {"dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"}, "Resources": {"Vpc": VPC}})
    sim.apply()
    for path in ("stack.yaml", "sub/copy.yaml", "sub/books.yaml"):
        (sim.folder / path).unlink()


def left(sim: Drplan) -> list[str]:
    """What the temporary stacks' states hold."""
    found = []
    for path in (sim.folder / ".drplan" / "temporary").glob("*.db"):
        with sqlite3.connect(path) as db:
            found += [row[0] for row in db.execute("SELECT id FROM resource")]
    return found


def world(sim: Drplan) -> str:
    """The simulator's own file, as text: ids of what exists stand in it."""
    with sqlite3.connect(sim.folder / ".drplan" / "sim.db") as db:
        return "\n".join(db.iterdump())


def log(sim: Drplan) -> list[str]:
    path = sim.folder / "log"
    return path.read_text().splitlines() if path.exists() else []


def copied(sim: Drplan) -> str:
    return next(line for line in log(sim) if line.startswith("subnet-"))


LOOK = {"Name": "look", **program('echo "$0" >>log', "copy.Outputs.Id"), "StopsClock": True}


def test_drill(sim: Drplan) -> None:
    drill(sim, LOOK, {"Name": "run", **program('echo "run $0" >>log', "copy.Outputs.Run")})
    got = sim.run("drill", "-auto-approve", "--sim", "-json")
    summary = got.lines()[-1]
    assert summary["type"] == "runbook_summary" and summary["outcome"] == "done" and summary["rto_ms"] > 0
    assert log(sim)[1].startswith("run 1-") and log(sim)[2] == "cleaned"
    assert left(sim) == [] and f'"{copied(sim)}"' not in world(sim) and list(sim.state()) == ["Vpc"]


def test_drill_that_fails(sim: Drplan) -> None:
    drill(sim, LOOK, {"Name": "works", **program("test -e good")})
    got = sim.run("drill", "-auto-approve", "--sim", code=1)
    assert "the step 'works' failed: exit 1" in got.err and log(sim)[-1] == "cleaned" and left(sim) == []
    sim.write("good", "")
    sim.run("drill", "-auto-approve", "--sim", "--resume")
    assert log(sim)[-1] == "cleaned" and left(sim) == []


def wait_for(path: Path) -> None:
    end = time.time() + 30
    while not path.exists():
        assert time.time() < end
        time.sleep(0.02)


def test_drill_interrupted(sim: Drplan) -> None:
    drill(sim, LOOK, {"Name": "slow", **program("touch there; sleep 60")})
    process = sim.start("drill", "-auto-approve", "--sim")
    wait_for(sim.folder / "there")
    assert left(sim)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert log(sim)[-1] == "cleaned" and left(sim) == []


def test_drill_killed(sim: Drplan) -> None:
    drill(sim, LOOK, {"Name": "slow", **program("touch there; test -e good || sleep 60")})
    process = sim.start("drill", "-auto-approve", "--sim")
    wait_for(sim.folder / "there")
    process.kill()
    process.communicate()
    assert left(sim) and "cleaned" not in log(sim)
    assert "is not over" in sim.run("drill", "-auto-approve", "--sim", code=1).err
    got = sim.run("drill", "-auto-approve", "--sim", "--resume", code=1)
    assert "nobody knows how it ended" in got.err and left(sim) == [] and log(sim)[-1] == "cleaned"
    sim.write("good", "")
    sim.run("drill", "-auto-approve", "--sim", "--resume")
    assert left(sim) == []


def killed(sim: Drplan, *command: str) -> None:
    """The command's run stands in the middle of its step; it is killed there."""
    process = sim.start(*command, "-auto-approve", "--sim")
    wait_for(sim.folder / "there")
    process.kill()
    process.communicate()
    (sim.folder / "there").unlink()


def test_one_run_at_a_time(sim: Drplan) -> None:
    slow = [{"Name": "slow", **program("touch there; sleep 60")}]
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"}, "Resources": {"Vpc": VPC},
                             "Runbooks": {name: {"To": "dr", "Steps": slow} for name in ("drill", "failover", "book")}})
    sim.apply()
    commands: dict[str, tuple[str, ...]] = {"drill": ("drill",), "failover": ("failover", "--planned"), "book": ("runbook", "run", "book")}
    for name, command in commands.items():
        killed(sim, *command)
        ident = len(json.loads(sim.run("report", "--sim", "-json").out))
        for other in commands.values():
            err = sim.run(*other, "-auto-approve", "--sim", code=1).err
            on = "drplan runbook run book" if name == "book" else f"drplan {name}"
            assert f"run {ident} of the runbook {name} is not over" in err and f"`{on} --resume` goes on with it" in err and f"abandon {ident}`" in err
        sim.run("runbook", "abandon", str(ident), "--sim")


def book(sim: Drplan, *steps: Json, **more: object) -> None:
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"}, "Resources": {"Vpc": VPC},
                             "Runbooks": {"book": {"Steps": list(steps), **more}}})
    sim.apply()


def run(sim: Drplan, *args: str, code: int = 0) -> str:
    got = sim.run("runbook", "run", "book", "--sim", "-auto-approve", *args, code=code)
    return got.out + got.err


def test_approval(sim: Drplan) -> None:
    book(sim, {"Name": "first", **program("echo first >>log")}, {"Name": "go", "Approval": {"Ask": "Now?"}}, {"Name": "then", **program("echo then >>log")})
    assert "not approved; --approve 'go' does" in run(sim, code=1)
    run(sim, "--resume", "--approve", "go")
    assert log(sim) == ["first", "then"]
    assert "no run of the runbook book is unfinished" in run(sim, "--resume", code=1)


def test_preflight(sim: Drplan) -> None:
    book(sim, {"Name": "first", **program("echo first >>log")}, Preflight=[{"Exists": {"Of": "Vpc"}}, {"Command": {"Argv": ["test", "-e", "good"]}}])
    assert "the preflight of book is red; nothing was changed" in run(sim, code=1) and log(sim) == []
    run(sim, "--force")
    assert log(sim) == ["first"]


def test_time_and_gaps(sim: Drplan) -> None:
    book(sim, {"Name": "hangs", **program("sleep 60"), "Timeout": "1s", "OnFailure": "continue"},
         {"Name": "beside", "Parallel": [{"Name": "a", **program("echo a >>log")}, {"Name": "b", "Wait": {"For": "1m"}}, {"Name": "c", "Check": [{"Exists": {"Of": "Vpc"}}]}]})
    out = run(sim)
    assert "1 step failed and left a gap" in out and "hangs: it did not end in time" in out and log(sim) == ["a"]


def test_refused_before_anything(sim: Drplan) -> None:
    book(sim, {"Name": "first", **program("echo first >>log")}, {"Name": "second", "Report": {"Formats": ["json"], "To": "s3://bucket/"}})
    assert "'To' of the verb Report is not supported yet" in sim.run("runbook", "validate", "--sim", code=1).err
    assert "'To' of the verb Report is not supported yet" in run(sim, code=1) and log(sim) == []


def test_listed(sim: Drplan) -> None:
    book(sim, {"Name": "first", "Wait": {"For": "1m"}, "Owner": "ops"}, Description="Lets time pass", Schedule="rate(90 days)")
    assert sim.run("runbook", "list", "--sim").out == "book            1 step, rate(90 days): Lets time pass\n"
    shown = json.loads(sim.run("runbook", "show", "book", "--sim", "-json").out)
    assert shown["steps"][0] | {"timeout_ms": 0} == {"name": "first", "verb": "Wait", "stage": 0, "always": False, "stops_clock": False, "timeout_ms": 0,
                                                     "on_failure": "stop", "when": "", "owner": "ops"}
    assert "the stack web has no runbook 'boak' (did you mean 'book'?)" in sim.run("runbook", "show", "boak", "--sim", code=1).err


def test_nothing_applied(sim: Drplan) -> None:
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"}, "Resources": {"Vpc": VPC}})
    sim.run("plan")
    assert "keeps no stack that could be carried out" in sim.run("failover", "--planned", "--sim", code=1).err
