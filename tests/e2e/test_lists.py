"""Resources that are put on others, among what others put there; and files beside the stack. The cases and their readers
are in matrix_lists.py."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import live
import matrix
import matrix_lists
import pytest
from conftest import Drplan, Emulator, Json, att, ref, res, stack
from matrix_iam import allow
from matrix_lists import ROLE, RULES, leftovers, rule, sender

SKIPS: dict[str, str] = json.loads((Path(__file__).parent / "matrix-skips.json").read_text())


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"]


def params(cases: list[matrix.Case]) -> list[object]:
    return [pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=SKIPS[c.name], strict=True)] if c.name in SKIPS else []) for c in cases]


def expected(case: matrix.Case, schema: Json) -> str:
    return case.action or ("replace" if schema[case.kind]["properties"][case.prop].get("create_only") else "update")


def check(aws: Emulator, template: Json, rows: dict[str, Json]) -> None:
    resource = template["Resources"]["X"]
    props = live.resolve(resource["Properties"], rows)
    found = live.matches(props, matrix_lists.OWN[resource["Type"]](aws, rows["X"]["id"], props))
    assert not found, "\n".join(found)


def run(case: matrix.Case, action: str, drplan: Drplan, aws: Emulator) -> None:
    before, after = matrix.template(case, changed=False), matrix.template(case, changed=True)
    drplan.write("stack.yaml", before)
    drplan.apply()
    check(aws, before, drplan.state())
    drplan.clean()
    old = drplan.ids()
    drplan.write("stack.yaml", after)
    assert drplan.changes() == {"X": action}
    drplan.apply()
    rows = drplan.state()
    check(aws, after, rows)
    drplan.clean()
    if action == "update":
        assert rows["X"]["id"] == old["X"], "an update keeps the resource"
    drplan.destroy()
    assert not leftovers(aws)


@pytest.mark.parametrize("case", params(matrix_lists.CASES))
def test_change(case: matrix.Case, schema: Json, drplan: Drplan, aws: Emulator) -> None:
    run(case, expected(case, schema), drplan, aws)


@pytest.mark.parametrize("case", params(matrix_lists.REMOVALS))
def test_removal(case: matrix.Case, drplan: Drplan, aws: Emulator) -> None:
    run(case, case.action, drplan, aws)


@pytest.mark.parametrize("case", matrix_lists.CASES + matrix_lists.REMOVALS, ids=lambda c: c.name)
def test_on_the_simulator(case: matrix.Case, schema: Json, sim: Drplan) -> None:
    sim.write("stack.yaml", matrix.template(case, changed=False))
    sim.apply()
    sim.clean()
    sim.write("stack.yaml", matrix.template(case, changed=True))
    assert sim.changes() == {"X": expected(case, schema)}
    sim.apply()
    sim.clean()
    sim.destroy()
    assert sim.state() == {}


def policy_stack() -> Json:
    return stack(**{"A": res("AWS::SNS::Topic", TopicName="a"), "B": res("AWS::SNS::Topic", TopicName="b"),
                  "P": res("AWS::SNS::TopicPolicy", Topics=[ref("A"), ref("B")], PolicyDocument=sender("s3.amazonaws.com", "sns:Publish"))})


def policies(aws: Emulator) -> dict[str, Json]:
    sns = aws.client("sns")
    return {t["TopicArn"].rsplit(":", 1)[1]: json.loads(sns.get_topic_attributes(TopicArn=t["TopicArn"])["Attributes"]["Policy"]) for t in sns.list_topics()["Topics"]}


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_lost_answers_between_two_topics(kind: str, nth: int, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", policy_stack())
    aws.fault(kind=kind, service="sns", operation="SetTopicAttributes", nth=nth)
    drplan.apply(code=1)
    drplan.apply()
    drplan.clean()
    assert {name: p["Statement"][0]["Principal"] for name, p in policies(aws).items()} == {n: {"Service": "s3.amazonaws.com"} for n in "ab"}
    drplan.destroy()
    assert not leftovers(aws)


def test_topic_keeps_a_policy(drplan: Drplan, aws: Emulator) -> None:
    """A topic is never without one: what is left is the policy that AWS makes a topic with."""
    drplan.write("stack.yaml", stack(**{"A": res("AWS::SNS::Topic", TopicName="a"), "B": res("AWS::SNS::Topic", TopicName="b")}))
    drplan.apply()
    made = policies(aws)
    drplan.write("stack.yaml", policy_stack())
    drplan.apply()
    aws.client("sns").set_topic_attributes(TopicArn=drplan.ids()["B"], AttributeName="Policy", AttributeValue=json.dumps(sender("ec2.amazonaws.com", "sns:Publish")))
    assert drplan.changes() == {"P": "update"}
    drplan.apply()
    drplan.clean()
    drplan.write("stack.yaml", stack(**{"A": res("AWS::SNS::Topic", TopicName="a"), "B": res("AWS::SNS::Topic", TopicName="b")}))
    drplan.apply()
    left = policies(aws)
    for name in "ab":
        assert (left[name]["Id"], left[name]["Statement"][0]["Resource"]) == (made[name]["Id"], made[name]["Statement"][0]["Resource"])


FOREIGN = {"ID": "foreign", "Status": "Enabled", "Priority": 9, "Filter": {"Prefix": "theirs"}, "DeleteMarkerReplication": {"Status": "Disabled"},
           "Destination": {"Bucket": "arn:aws:s3:::matrix-theirs"}}


def foreign_bucket(aws: Emulator, *rules: Json) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(Bucket="theirs", VersioningConfiguration={"Status": "Enabled"})
    if rules:
        s3.put_bucket_replication(Bucket="theirs", ReplicationConfiguration={"Role": ROLE, "Rules": list(rules)})


def rule_ids(aws: Emulator) -> list[str]:
    return [r["ID"] for r in aws.client("s3").get_bucket_replication(Bucket="theirs")["ReplicationConfiguration"]["Rules"]]


def replication(**more: object) -> Json:
    return stack(**{"R": res("DR::S3::BucketReplication", **(RULES | {"Bucket": "theirs", "Role": ROLE} | more))})


def test_rules_of_others_stay(drplan: Drplan, aws: Emulator) -> None:
    foreign_bucket(aws, FOREIGN)
    drplan.write("stack.yaml", replication())
    drplan.apply()
    drplan.clean()
    assert rule_ids(aws) == ["foreign", "one", "two"]
    drplan.write("stack.yaml", replication(Rules=[rule("two", 2)]))
    drplan.apply()
    drplan.clean()
    assert rule_ids(aws) == ["foreign", "two"]
    drplan.write("stack.yaml", replication(Rules=[rule("two", 2)], Role=ROLE + "-2"))
    assert "for the elements of others too" in drplan.apply(code=1).err
    drplan.write("stack.yaml", replication(Rules=[rule("two", 2)]))
    drplan.destroy()
    assert rule_ids(aws) == ["foreign"]
    aws.client("s3").delete_bucket(Bucket="theirs")


def test_a_rule_of_others_is_not_taken_over(drplan: Drplan, aws: Emulator) -> None:
    foreign_bucket(aws, FOREIGN | {"ID": "one"})
    drplan.write("stack.yaml", replication())
    assert "is there already, and not ours" in drplan.apply(code=1).err
    assert rule_ids(aws) == ["one"]
    aws.client("s3").delete_bucket(Bucket="theirs")


def test_two_sets_of_rules_on_one_bucket(drplan: Drplan, aws: Emulator) -> None:
    foreign_bucket(aws)
    both = stack(**{name: res("DR::S3::BucketReplication", Bucket="theirs", Role=ROLE, Rules=[rule(name, n)]) for n, name in enumerate(("Left", "Right"), 1)})
    drplan.write("stack.yaml", both)
    drplan.apply()
    drplan.clean()
    assert sorted(rule_ids(aws)) == ["Left", "Right"]
    drplan.destroy()
    aws.client("s3").delete_bucket(Bucket="theirs")


def test_rules_need_ids(drplan: Drplan) -> None:
    nameless = {k: v for k, v in rule("one", 1).items() if k != "Id"}
    drplan.write("stack.yaml", replication(Rules=[nameless]))
    assert "Id" in drplan.run("validate", code=1).err


def test_a_secret_does_not_leak(drplan: Drplan, aws: Emulator) -> None:
    made = {"SecretStringTemplate": '{"username":"app"}', "GenerateStringKey": "password", "PasswordLength": 30, "ExcludePunctuation": True}
    drplan.write("stack.yaml", stack(**{"Login": res("AWS::SecretsManager::Secret", Name="login", GenerateSecretString=made), "Data": matrix.CONTEXT["DataA"],
                                        "X": res("AWS::SecretsManager::SecretTargetAttachment", SecretId=ref("Login"), TargetId=ref("Data"), TargetType="AWS::RDS::DBCluster")}))
    told = drplan.run("apply", "-auto-approve", "--trace")
    value = json.loads(aws.client("secretsmanager").get_secret_value(SecretId="login")["SecretString"])
    assert value["host"] and len(value["password"]) == 30 and value["username"] == "app"
    assert value["password"] not in told.out + told.err
    assert not [p for p in (drplan.folder / ".drplan").iterdir() if value["password"].encode() in p.read_bytes()]
    drplan.destroy()
    assert not leftovers(aws)


def test_policy_users_are_refused(drplan: Drplan) -> None:
    drplan.write("stack.yaml", stack(**{"P": res("AWS::IAM::Policy", PolicyName="p", Users=["somebody"], PolicyDocument=allow("s3:*"))}))
    assert "not supported" in drplan.run("validate", code=1).err


# ------------------------------------------------------------------ files beside the stack
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
