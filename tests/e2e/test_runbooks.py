"""Runbooks on the simulator: temporary stacks and what always runs, after success, failure, a signal and a kill; programs,
approvals, gaps; and what is refused before anything is begun."""
from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
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
    out = run(sim, code=1)
    line = out.split("the line '")[1].split("'")[0]
    assert line.endswith(" go") and "in .drplan/approvals does" in out
    sim.write(".drplan/approvals", line + "\n")
    run(sim, "--resume")
    assert log(sim) == ["first", "then"]
    (sim.folder / "log").unlink()
    assert "not approved" in run(sim, code=1)
    run(sim, "--resume", "--approve", "go")
    assert log(sim) == ["first", "then"]
    assert "no run of the runbook book is unfinished" in run(sim, "--resume", code=1)


def awaited(running: subprocess.Popen[str]) -> Json:
    """The message of a run that waits for a line in a file."""
    assert running.stdout
    for text in running.stdout:
        if (message := json.loads(text))["type"] == "approval_awaited":
            return message
    raise AssertionError("it awaits nothing")


def test_approval_without_a_terminal(drplan: Drplan) -> None:
    """Where nobody sits the file is said, and awaited as long as the step may take."""
    book(drplan, {"Name": "go", "Approval": {"Ask": "Users will notice. Go?", "Timeout": "30s"}}, {"Name": "then", **program("echo then >>log")})
    command = ("runbook", "run", "book", "-auto-approve")
    drplan.write(".drplan/approvals", "# nothing of ours\n9-abcdef go\n")
    running = drplan.start(*command, "-json")
    asked = awaited(running)
    assert asked["file"] == ".drplan/approvals" and asked["limit_ms"] == 30000 and asked["detail"] == "Users will notice. Go?"
    time.sleep(1.2)
    assert running.poll() is None and log(drplan) == []
    drplan.write(".drplan/approvals", f"9-abcdef go\n{asked['line']} by mara@example.com\n")
    out, err = running.communicate(timeout=20)
    assert running.returncode == 0 and log(drplan) == ["then"], out + err
    said = json.loads(drplan.run("report", "1", "-json").out)["content"]["approvals"][0]
    assert said["given"] and said["answer"] == "approved by mara@example.com in .drplan/approvals"
    # Another file, by name; the line of the run before says nothing of this one.
    drplan.write("elsewhere", asked["line"] + "\n")
    running = drplan.start(*command, "--approve-file=elsewhere", "-json")
    line = awaited(running)["line"]
    assert line != asked["line"]
    drplan.write("elsewhere", line + "\n")
    out, err = running.communicate(timeout=20)
    assert running.returncode == 0, out + err
    drplan.run(*command, "--approve", "go")


def test_approval_that_does_not_come(drplan: Drplan) -> None:
    book(drplan, {"Name": "go", "Approval": {"Ask": "Go?", "Timeout": "2s"}}, {"Name": "then", **program("echo then >>log")})
    begun = time.monotonic()
    got = drplan.run("runbook", "run", "book", "-auto-approve", code=1)
    assert time.monotonic() - begun > 2 and "asks    go  Go?" in got.err and "within 2.0 s this line in the file .drplan/approvals says yes" in got.err
    assert "the step 'go' failed: not approved; the line '1-" in got.err and "--approve 'go' does, too" in got.err and log(drplan) == []
    running = drplan.start("runbook", "run", "book", "-auto-approve", "--resume", "-json")
    awaited(running)
    running.send_signal(signal.SIGINT)
    assert running.wait(10) == 130
    drplan.run("runbook", "run", "book", "-auto-approve", "--resume", "--approve", "go")
    assert log(drplan) == ["then"]


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
    book(sim, {"Name": "first", **program("echo first >>log")}, {"Name": "second", "Report": {"Formats": ["json"], "To": "s3://bucket/"}, "OnFailure": "undo"})
    assert "nothing is undone for a report" in sim.run("runbook", "validate", "--sim", code=1).err
    assert "nothing is undone for a report" in run(sim, code=1) and log(sim) == []


def test_secret_that_is_not_kept(sim: Drplan) -> None:
    """The state keeps no NoEcho value: a step that needs one is refused before the first step, until it is given again."""
    says = {"Command": {"Argv": ["sh", "-c", 'echo "$0" >>log', {"Fn::Sub": "with ${Pw}"}]}}
    sim.write("stack.yaml", {"Stack": "web", "Targets": {"dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"}, "Resources": {"Vpc": VPC},
                             "Parameters": {"Pw": {"Type": "String", "NoEcho": True}, "Other": {"Type": "String", "NoEcho": True, "Default": "known"}},
                             "Runbooks": {"book": {"Steps": [{"Name": "first", **program("echo first >>log")}, {"Name": "second", **says}]}}})
    sim.apply("-var", "Pw=hunter2", "-var", "Other=given")
    err = run(sim, code=1)
    assert "the step 'second' needs the parameter 'Pw', which is NoEcho and not kept" in err and "the step 'first'" not in err and log(sim) == []
    assert "hunter2" not in run(sim, "-var", "Pw=hunter2") and log(sim) == ["first", "with hunter2"]


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
