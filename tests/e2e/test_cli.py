"""The program as a program: exit statuses, streams, questions, locks, signals."""
from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import TOP, Drplan, Emulator, program, res, stack
from test_lifecycle import network

GATEWAY = stack(G=res("AWS::EC2::InternetGateway"))
COMMANDS = ["validate", "plan", "apply", "destroy", "show", "output", "state", "graph", "schema", "completion", "version"]


def test_usage(sim: Drplan) -> None:
    for args in (["pln"], ["plan", "-jsno"], ["plan", "a", "b"], ["version", "x"], ["apply", "-parallelism=0"], ["plan", "-lock-timeout=x"], ["state"], ["state", "show"],
                 ["completion", "tcsh"], ["output", "-raw"]):
        got = sim.run(*args, code=64)
        assert got.out == "" and got.err, args
    assert "did you mean 'plan'" in sim.run("pln", code=64).err
    assert "did you mean 'json'" in sim.run("plan", "-jsno", code=64).err


def test_help(sim: Drplan) -> None:
    everything = sim.run("help").out
    for command in COMMANDS:
        assert command in everything
        by_flag, by_name = sim.run(command, "--help"), sim.run("help", command)
        assert by_flag.out == by_name.out and f"usage: drplan {command}" in by_flag.out
    for later in re.findall(r"^  ([a-z]+)  ", everything.partition("\nnot supported yet:\n")[2].partition("\n\n")[0], re.M):
        assert "not supported yet" in sim.run(later, code=1).err


def test_version(sim: Drplan) -> None:
    assert re.fullmatch(r"drplan \d+\.\d+\.\d+\n", sim.run("version").out)
    assert json.loads(sim.run("version", "-json").out)["drplan_version"]
    assert sim.run("--version").out == sim.run("version").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, sim: Drplan) -> None:
    script = sim.run("completion", shell).out
    for command in COMMANDS:
        assert command in script
    for row in re.findall(r"^  (-{1,2}[a-z-]+)", sim.run("help", "plan").out, re.M):
        assert row.lstrip("-") in script, row
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        got = subprocess.run(["bash", "-c", f"{script}\nCOMP_WORDS=(drplan pl); COMP_CWORD=1; _drplan; echo \"${{COMPREPLY[@]}}\""], text=True, capture_output=True, check=True)
        assert got.stdout.split() == ["plan"]


def test_exit_statuses(world: Drplan) -> None:
    world.write("stack.yaml", GATEWAY)
    assert world.run("plan").code == 0
    world.run("plan", "-detailed-exitcode", code=2)
    world.apply()
    world.run("plan", "-detailed-exitcode", code=0)
    world.write("stack.yaml", "Resources: [")
    world.run("plan", "-detailed-exitcode", code=1)


def test_invalid_stacks_ask_nothing(drplan: Drplan, aws: Emulator) -> None:
    """No AWS call is made for a stack that fails validation."""
    cases = sorted((TOP / "tests/golden/malformed").glob("*.test"))
    assert cases
    import importlib.util
    spec = importlib.util.spec_from_file_location("golden", TOP / "tests/golden/run.py")
    assert spec and spec.loader
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    tried = 0
    for path in cases:
        case = golden.Case(path)
        folder = drplan.folder / path.stem
        for name, content in case.sections.items():
            if "." in name and " " not in name:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content)
        args = case.sections["args"].split()
        if args[0] != "validate" or len(args) != 2 or not (folder / args[1]).exists():
            continue
        drplan.run("plan", str(folder / args[1]), code=1, **dict(line.split("=", 1) for line in case.sections.get("env", "").splitlines()))
        tried += 1
    assert tried >= 30
    assert aws.log() == []


def test_nobody_to_ask(world: Drplan) -> None:
    world.write("stack.yaml", GATEWAY)
    got = world.run("apply", code=1)
    assert "-auto-approve" in got.err
    assert world.state() == {}
    world.run("apply", "-input=false", code=1)
    world.apply()
    world.run("destroy", code=1)
    assert set(world.state()) == {"G"}


def ask(drplan: Drplan, answer: bytes, *args: str) -> tuple[int, str]:
    """Run on a terminal and give the answer when asked."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(drplan.folder)
        os.execve(program(), [str(program()), *args], drplan.env | {"TERM": "xterm"})
    text = b""
    answered = False
    while True:
        try:
            chunk = os.read(fd, 4096)
        except OSError:
            break
        if not chunk:
            break
        text += chunk
        if not answered and b"Only 'yes'" in text and text.rstrip().endswith(b":"):
            os.write(fd, answer)
            answered = True
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), text.decode()


def test_asks_on_a_terminal(sim: Drplan) -> None:
    sim.write("stack.yaml", GATEWAY)
    code, text = ask(sim, b"y\n", "apply", "--sim")
    assert code == 1 and "cancelled" in text and sim.state() == {}
    code, text = ask(sim, b"yes\n", "apply", "--sim")
    assert code == 0 and "\x1b[" in text and set(sim.state()) == {"G"}
    code, text = ask(sim, b"yes\n", "destroy", "--sim", "-no-color")
    assert code == 0 and "\x1b[3" not in text and sim.state() == {}


def test_plain_without_a_terminal(world: Drplan) -> None:
    world.write("stack.yaml", network())
    got = world.run("apply", "-auto-approve")
    assert "\x1b" not in got.out + got.err and "\r" not in got.out + got.err
    steps = [line for line in got.err.splitlines() if " created" in line]
    assert len(steps) == len(network()["Resources"])
    assert "still" not in got.err.lower()
    assert re.search(r"^Plan: \d+ to add, 0 to change, 0 to destroy\.$", got.out, re.M)


def test_json_lines(world: Drplan) -> None:
    world.write("stack.yaml", network())
    lines = world.run("plan", "-json").lines()
    assert lines[0]["type"] == "version" and lines[0]["ui"]
    kinds = [m["type"] for m in lines]
    assert kinds.count("planned_change") == len(network()["Resources"]) and "change_summary" in kinds
    assert {"@level", "@message", "@module", "@timestamp"} <= set(lines[0])
    lines = world.run("apply", "-json", "-auto-approve").lines()
    kinds = [m["type"] for m in lines]
    assert kinds[0] == "version" and kinds.count("apply_start") == kinds.count("apply_complete") == len(network()["Resources"])
    complete = next(m for m in lines if m["type"] == "apply_complete" and m["hook"]["resource"]["addr"] == "Vpc")
    assert complete["hook"]["id_value"] == world.ids()["Vpc"]
    assert [m for m in lines if m["type"] == "change_summary"][-1]["changes"]["add"] == len(network()["Resources"])
    assert [m for m in lines if m["type"] == "outputs"][-1]["outputs"]["VpcId"]["value"] == world.ids()["Vpc"]
    world.write("stack.yaml", "Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlok: x}}}")
    lines = world.run("plan", "-json", code=1).lines()
    diagnostic = next(m["diagnostic"] for m in lines if m["type"] == "diagnostic")
    assert diagnostic["severity"] == "error" and diagnostic["range"]["start"]["line"] == 1


def test_failed_writes_are_errors(sim: Drplan) -> None:
    with open("/dev/full", "w") as full:
        got = subprocess.run([program(), "version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert got.returncode == 1 and "standard output" in got.stderr
    read, write = os.pipe()
    os.close(read)
    got = subprocess.run([program(), "schema"], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert got.returncode == 1 and "standard output" in got.stderr


def test_closed_descriptors(sim: Drplan) -> None:
    """What is printed must not end in a file or connection that took the place of the one that was closed."""
    sim.write("stack.yaml", network())
    for close in ((1,), (1, 2), (0, 1, 2)):
        def closed(fds: tuple[int, ...] = close) -> None:
            for fd in fds:
                os.close(fd)
        got = subprocess.run([program(), "apply", "--sim", "-auto-approve"], cwd=sim.folder, env=sim.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, check=False, preexec_fn=closed, timeout=60)
        assert got.returncode == 1 and (2 in close or "standard output" in got.stderr), got
        assert not any(b"Apply complete" in p.read_bytes() or b"phase networking" in p.read_bytes() for p in sim.folder.glob(".drplan/*"))
        sim.clean()
        sim.destroy()


def test_locked(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", network())
    aws.control("POST", "config", {"latency_ms": 150})
    try:
        first = drplan.start("apply", "-auto-approve")
        wait_for(lambda: "CreateVpc" in aws.calls())
        got = drplan.run("plan", code=75)
        assert "lock" in got.err
        second = drplan.start("plan", "-detailed-exitcode", "-lock-timeout=60s")
        assert first.wait(60) == 0
        assert second.wait(60) == 0, second.communicate()
    finally:
        aws.control("POST", "config", {"latency_ms": 0})


def wait_for(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_and_resumed(number: int, status: int, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", network())
    aws.control("POST", "config", {"latency_ms": 60})
    try:
        run = drplan.start("apply", "-auto-approve")
        wait_for(lambda: "CreateVpc" in aws.calls())
        run.send_signal(number)
        started = time.monotonic()
        out, err = run.communicate(timeout=30)
        assert run.returncode == status, out + err
        assert time.monotonic() - started < 10
    finally:
        aws.control("POST", "config", {"latency_ms": 0})
    done = drplan.state()
    assert 0 < len(done) < len(network()["Resources"])
    drplan.apply()
    drplan.clean()
    assert aws.calls()["CreateVpc"] == 1
    drplan.destroy()
    assert aws.leftovers()["total"] == 0


def test_state_is_private(world: Drplan) -> None:
    world.write("stack.yaml", GATEWAY)
    world.apply()
    files = [p for p in (world.folder / ".drplan").rglob("*") if p.is_file()]
    assert files and all(p.stat().st_mode & 0o077 == 0 for p in files)


def test_simulator_and_aws_do_not_mix(drplan: Drplan) -> None:
    drplan.write("stack.yaml", GATEWAY)
    drplan.run("apply", "--sim", "-auto-approve")
    drplan.run("plan", "-detailed-exitcode", code=2)
    drplan.run("plan", "-state=.drplan/stack.sim.db", code=1)


def test_state_path(drplan: Drplan) -> None:
    drplan.write("stack.yaml", GATEWAY)
    drplan.run("apply", "-auto-approve", "-state=elsewhere.db")
    assert (drplan.folder / "elsewhere.db").exists()
    assert "G" in drplan.run("state", "list", "-state", "elsewhere.db").out
    assert "G" in drplan.run("state", "list", DRPLAN_STATE="elsewhere.db").out
    assert "igw-" in drplan.run("state", "show", "G", "-state=elsewhere.db").out
    drplan.run("state", "show", "H", "-state=elsewhere.db", code=1)
    drplan.write("other/stack.yaml", GATEWAY)
    drplan.run("plan", "other", "-state=elsewhere.db", code=1)


def test_variables(sim: Drplan) -> None:
    sim.write("stack.yaml", {"Parameters": {"Cidr": {"Type": "String", "Default": "10.0.0.0/16"}}} | stack(V=res("AWS::EC2::VPC", CidrBlock={"Ref": "Cidr"})))
    sim.write("vars.yaml", "Cidr: 10.2.0.0/16\n")
    assert '"10.0.0.0/16"' in sim.run("plan").out
    assert '"10.1.0.0/16"' in sim.run("plan", DRPLAN_VAR_Cidr="10.1.0.0/16", DRPLAN_VAR_Unused="x").out
    assert '"10.2.0.0/16"' in sim.run("plan", "-var-file=vars.yaml", DRPLAN_VAR_Cidr="10.1.0.0/16").out
    assert '"10.3.0.0/16"' in sim.run("plan", "-var-file", "vars.yaml", "-var", "Cidr=10.3.0.0/16").out
    assert '"10.2.0.0/16"' in sim.run("plan", "-var=Cidr=10.3.0.0/16", "-var-file=vars.yaml").out
    sim.run("plan", "-var=Cdir=x", code=1)
    sim.run("plan", "-var-file=none.yaml", code=1)


def test_verbose(drplan: Drplan) -> None:
    drplan.write("stack.yaml", GATEWAY)
    got = drplan.run("apply", "-auto-approve", "-v")
    assert "CreateInternetGateway" in got.err
    got = drplan.run("plan", "--trace")
    assert "DescribeInternetGateways" in got.err and "testing-secret" not in got.err


def test_aws_errors_say_all(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", GATEWAY)
    aws.fault(service="ec2", operation="CreateInternetGateway", kind="error-code", code="UnauthorizedOperation", message="You are not authorized", status=403)
    got = drplan.run("apply", "-auto-approve", code=1)
    for word in ("G", "CreateInternetGateway", "UnauthorizedOperation", "not authorized"):
        assert word in got.err, got.text
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", got.err), "the request id"
    aws.control("DELETE", "faults")
    drplan.apply()


def test_no_endpoint(sim: Drplan) -> None:
    sim.sim = False
    sim.write("stack.yaml", GATEWAY | {"Outputs": {"A": {"Value": {"Ref": "AWS::AccountId"}}}})
    got = sim.run("apply", "-auto-approve", code=1)
    assert "127.0.0.1" in got.err or "connect" in got.err.lower()


def test_schema(sim: Drplan) -> None:
    types = json.loads(sim.run("schema", "-json").out)["types"]
    assert types["AWS::EC2::VPC"]["properties"]["CidrBlock"]["create_only"] is True
    assert types["AWS::EC2::VPC"]["abilities"]
    assert "CidrBlock" in sim.run("schema", "AWS::EC2::VPC").out
    for name in ("AWS::RDS::DBInstance", "AWS::S3::Bucket"):         # many attributes, long enumerations
        text = sim.run("schema", name).out
        assert max(len(line) for line in text.splitlines()) <= 100
        assert text.split("attributes:")[1].split("properties:")[0].split() == types[name]["attributes"]
    assert "did you mean 'AWS::EC2::VPC'" in sim.run("schema", "AWS::EC2::Vpc", code=1).err
    assert json.loads(sim.run("schema", "--json-schema").out)["$schema"].startswith("http://json-schema.org/draft-07")
    assert len(sim.run("schema", "--coverage").out.splitlines()) == len(types) + 1


def test_graph(sim: Drplan) -> None:
    sim.write("stack.yaml", network())
    dot = sim.run("graph").out
    assert dot.startswith("digraph") and "SubnetA" in dot


def test_validate(sim: Drplan, tmp_path: Path) -> None:
    sim.write("stack.yaml", network())
    assert "valid" in sim.run("validate").out
    assert json.loads(sim.run("validate", "-json").out)["valid"] is True
    sim.write("bad.yaml", "Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlok: x}}}\n")
    got = sim.run("validate", "bad.yaml", code=1)
    assert re.match(r"bad\.yaml:1:\d+: error: ", got.err) and "did you mean 'CidrBlock'" in got.err
    doc = json.loads(sim.run("validate", "-json", "bad.yaml", code=1).out)
    assert doc["valid"] is False and doc["error_count"] >= 1 and doc["diagnostics"][0]["range"]["filename"] == "bad.yaml"


def test_data_are_not_lost_by_a_yes(sim: Drplan) -> None:
    """Deleting what holds data takes an option of its own; a policy that keeps it needs none."""
    vpc = res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
    sim.write("stack.yaml", stack(Net=vpc, Data=res("AWS::S3::Bucket") | {"DeletionPolicy": "Delete"}))
    sim.run("apply", "-auto-approve")
    got = sim.run("destroy", "-auto-approve", code=1)
    assert "destroy would lose the data of Data" in got.err and "--allow-data-loss" in got.err
    assert set(sim.state()) == {"Data", "Net"}
    sim.write("stack.yaml", stack(Net=vpc))
    assert "apply would lose the data of Data" in sim.run("apply", "-auto-approve", code=1).err
    assert set(sim.state()) == {"Data", "Net"}
    sim.run("apply", "-auto-approve", "--allow-data-loss")
    assert set(sim.state()) == {"Net"}
    sim.run("destroy", "-auto-approve")


def test_protected_is_refused_before_anything(sim: Drplan) -> None:
    table = res("AWS::DynamoDB::Table", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True, AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}])
    sim.write("stack.yaml", stack(Net=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), Table=table))
    sim.apply()
    got = sim.destroy(code=1)
    assert "Table: it is protected from deletion (DeletionProtectionEnabled)" in got.err and "deleted" not in got.text
    assert set(sim.state()) == {"Net", "Table"}
    table["Properties"]["DeletionProtectionEnabled"] = False
    sim.write("stack.yaml", stack(Net=res("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), Table=table))
    sim.apply()
    sim.destroy()
