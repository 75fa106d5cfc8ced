"""Lambda, Step Functions, filters and queries over logs: every property changed and removed, imports by id, code that is
packed, and what destroy leaves. The cases and their readers are in matrix_lambda.py."""
from __future__ import annotations

import json
import os
from pathlib import Path

import live
import matrix
import matrix_lambda
import pytest
from conftest import Drplan, Emulator, Json, att, ref, res, stack
from matrix_lambda import CONTEXT, PYTHON, fingerprint, leftovers, packed


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"]


def expected(case: matrix.Case, schema: Json) -> str:
    return case.action or ("replace" if schema[case.kind]["properties"][case.prop].get("create_only") else "update")


def check(aws: Emulator, template: Json, rows: dict[str, Json]) -> None:
    found = []
    for address, resource in template["Resources"].items():
        if resource["Type"] in matrix_lambda.OWN:
            props = live.resolve(resource.get("Properties", {}), rows)
            found += [f"{address} ({resource['Type']}): {text}" for text in live.matches(props, matrix_lambda.OWN[resource["Type"]](aws, rows[address]["id"], props))]
    assert not found, "\n".join(found)


def template(case: matrix.Case, changed: bool) -> Json:
    """The resource under test is X, with what it or its other form refers to."""
    todo = list(matrix.references(case.props) | matrix.references(case.value))
    needed: set[str] = set()
    while todo:
        name = todo.pop()
        needed.add(name)
        todo += matrix.references(CONTEXT[name]) - needed
    props = {k: v for k, v in (case.props | ({case.prop: case.value} if changed else {})).items() if v is not None}
    return {"Resources": {name: CONTEXT[name] for name in sorted(needed)} | {"X": {"Type": case.kind, "Properties": props}}}


def run(case: matrix.Case, action: str, drplan: Drplan, aws: Emulator) -> None:
    before, after = template(case, changed=False), template(case, changed=True)
    drplan.write("stack.yaml", before)
    drplan.apply()
    check(aws, before, drplan.state())
    drplan.clean()
    old = drplan.ids()
    drplan.write("stack.yaml", after)
    assert drplan.changes() == ({} if action == "none" else {"X": action})
    drplan.apply()
    check(aws, after, drplan.state())
    drplan.clean()
    if action == "update":
        assert drplan.ids()["X"] == old["X"], "an update keeps the resource"
    drplan.destroy()
    assert not leftovers(aws)


@pytest.mark.parametrize("case", matrix_lambda.CASES, ids=lambda c: c.name)
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, aws: Emulator) -> None:
    run(case, expected(case, schema), drplan, aws)


@pytest.mark.parametrize("case", matrix_lambda.REMOVALS, ids=lambda c: c.name)
def test_removal(case: matrix.Case, drplan: Drplan, aws: Emulator) -> None:
    run(case, case.action, drplan, aws)


@pytest.mark.parametrize("case", matrix_lambda.CASES + matrix_lambda.REMOVALS, ids=lambda c: c.name)
def test_on_the_simulator(case: matrix.Case, schema: Json, sim: Drplan) -> None:
    action = expected(case, schema)
    sim.write("stack.yaml", template(case, changed=False))
    sim.apply()
    sim.clean()
    sim.write("stack.yaml", template(case, changed=True))
    assert sim.changes() == ({} if action == "none" else {"X": action})
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}


FILES = {"app.py": "def handler(event, context):\n    return 1\n", "lib/é.py": "X = 1\n", "lib/deep/run.sh": "#!/bin/sh\n", "B.txt": ""}
ROLE = CONTEXT["RoleA"]


def write_code(world: Drplan, files: dict[str, str] = FILES) -> Path:
    for name, text in files.items():
        world.write(f"fn/{name}", text)
    (world.folder / "fn/lib/deep/run.sh").chmod(0o755)
    return world.folder / "fn"


def function_of(code: object, **more: object) -> Json:
    return stack(RoleA=ROLE, Fn=res("AWS::Lambda::Function", **(PYTHON | more), FunctionName="local", Code=code))


def live_sha(aws: Emulator) -> str:
    return aws.client("lambda").get_function(FunctionName="local")["Configuration"]["CodeSha256"]


def test_local_code(drplan: Drplan, aws: Emulator) -> None:
    """The archive is the same for the same content, whatever else is said of the files."""
    code = write_code(drplan)
    drplan.write("parts/fn.yaml", {"Resources": {"Fn": function_of("../fn")["Resources"]["Fn"]}})
    drplan.write("stack.yaml", {"Include": ["parts/fn.yaml"], "Resources": {"RoleA": ROLE}})
    drplan.apply()
    assert live_sha(aws) == fingerprint(packed(FILES, ("lib/deep/run.sh",)))
    drplan.clean()
    os.utime(code / "app.py", (1, 1))
    (code / "app.py").chmod(0o640)
    drplan.clean()
    (code / "app.py").chmod(0o700)
    assert drplan.changes() == {"Fn": "update"}
    (code / "app.py").chmod(0o600)
    (code / "link.py").symlink_to("app.py")
    (code / "more").symlink_to("lib")
    drplan.apply()
    linked = FILES | {"link.py": FILES["app.py"], "more/é.py": "X = 1\n", "more/deep/run.sh": "#!/bin/sh\n"}
    assert live_sha(aws) == fingerprint(packed(linked, ("lib/deep/run.sh", "more/deep/run.sh")))
    drplan.clean()
    for row in drplan.state().values():
        assert "return 1" not in json.dumps(row)
    drplan.destroy()


def test_a_saved_plan_is_bound_to_the_code(drplan: Drplan, aws: Emulator) -> None:
    code = write_code(drplan)
    drplan.write("stack.yaml", function_of("./fn"))
    drplan.run("plan", "-out=saved.plan")
    before = (code / "app.py").read_text()
    drplan.write("fn/app.py", before + "\n")
    assert "changed since" in drplan.apply("saved.plan", code=1).err
    drplan.write("fn/app.py", before)
    drplan.apply("saved.plan")
    assert live_sha(aws) == fingerprint(packed(FILES, ("lib/deep/run.sh",)))
    drplan.destroy()


def test_one_file(drplan: Drplan, aws: Emulator) -> None:
    drplan.write("handlers/index.py", "A = 1\n")
    drplan.write("stack.yaml", function_of("handlers/index.py"))
    drplan.apply()
    assert live_sha(aws) == fingerprint(packed({"index.py": "A = 1\n"}))
    archive = packed({"main.py": "B = 2\n"})
    (drplan.folder / "code.zip").write_bytes(archive)
    drplan.write("stack.yaml", function_of("code.zip"))
    assert drplan.changes() == {"Fn": "update"}
    drplan.apply()
    assert live_sha(aws) == fingerprint(archive)
    drplan.clean()
    drplan.write("stack.yaml", function_of({"ZipFile": "A = 1\n"}))
    drplan.apply()
    assert live_sha(aws) == fingerprint(packed({"index.py": "A = 1\n"})), "source text is packed as a file of it would be"
    drplan.destroy()


@pytest.mark.parametrize(("code", "words"), [("./nothing", "No such file or directory"), ("pipe", "neither a file nor a directory"), ("empty", "there is nothing in it"),
                                             ("circle", "a circle of symbolic links"), ("/dev/null", "neither a file nor a directory")])
def test_code_that_cannot_be_packed(sim: Drplan, code: str, words: str) -> None:
    (sim.folder / "empty").mkdir()
    (sim.folder / "circle").mkdir()
    (sim.folder / "circle" / "again").symlink_to("../circle")
    os.mkfifo(sim.folder / "pipe")
    sim.write("stack.yaml", function_of(code))
    got = sim.run("validate", code=1).err
    assert words in got and "stack.yaml:" in got and "Code:" in got


def test_other_runtimes(sim: Drplan) -> None:
    """Files go with any runtime, source text with two."""
    write_code(sim)
    made = function_of("fn", Runtime="provided.al2023")
    sim.write("stack.yaml", made)
    sim.apply()
    sim.clean()
    made["Resources"]["Fn"]["Properties"]["Code"] = {"ZipFile": "x"}
    sim.write("stack.yaml", made)
    sim.run("validate", code=1)


def test_undo_gives_back_what_can_be_had(world: Drplan) -> None:
    """Source text is in the state; files have changed by then, which is said."""
    bad = {"Bad": res("AWS::Lambda::Alias", FunctionName="nothing", Name="x", FunctionVersion="$LATEST") | {"DependsOn": "Fn"}}
    world.write("stack.yaml", function_of({"ZipFile": "A = 1\n"}))
    world.apply()
    world.write("stack.yaml", stack(**function_of({"ZipFile": "A = 2\n"}, MemorySize=256)["Resources"], **bad))
    world.apply(code=1)
    world.write("stack.yaml", function_of({"ZipFile": "A = 1\n"}))
    world.clean()
    write_code(world)
    world.write("stack.yaml", function_of("fn"))
    world.apply()
    world.write("fn/app.py", "A = 3\n")
    world.write("stack.yaml", stack(**function_of("fn", MemorySize=256)["Resources"], **bad))
    assert "Code.ZipFile cannot be changed back" in world.apply(code=3).text
    world.write("stack.yaml", function_of("fn"))
    world.clean()
    world.destroy()


TREE = {"StartAt": "Go", "States": {"Go": {"Type": "Task", "Resource": "${Fn}", "TimeoutSeconds": 30, "Comment": "${other}", "End": True}}}


def test_forms_of_a_definition(world: Drplan, emulator: Emulator) -> None:
    """A text, a tree, a JSON file, a YAML file: the same machine."""
    def stack_of(**props: object) -> Json:
        return stack(RoleA=ROLE, FnA=CONTEXT["FnA"], M=res("AWS::StepFunctions::StateMachine", StateMachineName="forms", RoleArn=att("RoleA", "Arn"),
                                                           DefinitionSubstitutions={"Fn": att("FnA", "Arn")}, **props))
    world.write("stack.yaml", stack_of(DefinitionString=json.dumps(TREE)))
    world.apply()
    if not world.sim:
        got = json.loads(emulator.client("stepfunctions").describe_state_machine(stateMachineArn=world.ids()["M"])["definition"])
        assert got["States"]["Go"] == TREE["States"]["Go"] | {"Resource": world.state()["FnA"]["attributes"]["Arn"]}
    world.write("machine.json", json.dumps(TREE, indent=3))
    world.write("machine.yaml", TREE)
    for form in ({"Definition": TREE}, {"DefinitionS3Location": "machine.json"}, {"DefinitionS3Location": "./machine.yaml"}):
        world.write("stack.yaml", stack_of(**form))
        world.clean()
    world.write("stack.yaml", stack_of(Definition=TREE | {"TimeoutSeconds": 60}))
    assert "DefinitionString.TimeoutSeconds" in world.run("plan").out
    world.write("stack.yaml", stack_of(Definition=TREE, DefinitionString=json.dumps(TREE)))
    assert "written twice" in world.run("validate", code=1).err
    world.write("stack.yaml", stack_of(DefinitionS3Location="nothing.json"))
    assert "nothing.json" in world.run("validate", code=1).err
    world.write("stack.yaml", stack_of(DefinitionS3Location={"Bucket": "a", "Key": "b"}))
    assert "not supported" in world.run("validate", code=1).err


def test_a_version_of_unchanged_code(drplan: Drplan, aws: Emulator) -> None:
    """Lambda answers the version that there is: it must not be deleted as the old one."""
    def stack_of(text: str) -> Json:
        return stack(RoleA=ROLE, FnA=CONTEXT["FnA"], V=res("AWS::Lambda::Version", FunctionName=ref("FnA"), Description=text))
    drplan.write("stack.yaml", stack_of("one"))
    drplan.apply()
    version = drplan.ids()["V"]
    drplan.write("stack.yaml", stack_of("two"))
    assert drplan.changes() == {"V": "replace"}
    assert "AWS makes no other one of it" in drplan.apply(code=1).err
    assert drplan.ids()["V"] == version
    assert aws.client("lambda").get_function_configuration(FunctionName=version)["FunctionArn"] == version
    drplan.write("stack.yaml", stack_of("one"))
    drplan.apply()                  # nothing changes; the gate of the phase that failed is asked
    drplan.clean()
    drplan.destroy()
    assert not leftovers(aws)


def test_imports(world: Drplan) -> None:
    """Each type by its id alone: nothing changes, and the next plan is clean."""
    bases = {kind.rpartition("::")[2]: {"Type": kind, "Properties": base} for kind, (base, _) in matrix_lambda.BOTH.items()}
    bases["Permission"] = res("AWS::Lambda::Permission", **matrix_lambda.PERMISSION)
    bases["Version"] = CONTEXT["VersionA"]
    needed = {name: CONTEXT[name] for name in ("RoleA", "FnA", "QueueA", "LogsA")}
    world.write("stack.yaml", {"Resources": needed | bases})
    world.apply()
    ids = world.ids()
    for address in bases:
        world.run("state", "forget", address)
    world.write("ids.yaml", {address: ids[address] for address in bases})
    world.run("import", "-from=ids.yaml")
    assert world.ids() == ids
    world.clean()
    world.destroy()
