"""Each type is killed at each of its calls: while it is made, while it is changed, while it is deleted; before the call was
carried out and after it, before the answer was recorded. `drplan recover` says what it found; one more run ends what was
begun; boto3 counts as many as after a run that nobody killed, and none when it is deleted. In full by `make check-faults`.

What a killed creation left is looked for in the ways of the type (docs/adding-a-type.md, Recover). Time is not waited for:
the intents are made older, so that what AWS would have shown by now counts."""
from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import live
import pytest
from census import LISTERS, added, census
from conftest import Drplan, Emulator, Json, Result
from faultstage import killed, mutating, sample
from subjects import Subject, alone, prepare, subjects
from test_import_types import STACKS
from test_import_types import prepare as prepare_others

BEFORE, AFTER = "hold-before", "hold-after"
PATIENCE_MS = 3600_000
#: How a sample is cut: so many calls of each type; of the types, `make check` takes some (conftest.py).
CASES = 2
Census = dict[str, list[str]]


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Subject]:
    return subjects(json.loads(Drplan(tmp_path_factory.mktemp("schema"), None).run("schema", "-json").out)["types"])


def types() -> list[str]:
    listed: list[str] = [*LISTERS, "DR::DRS::Service"]
    return sorted(listed)


class Stage:
    """A subject with what it stands on, and what boto3 counts without it."""

    def __init__(self, subject: Subject, drplan: Drplan, aws: Emulator) -> None:
        self.subject, self.drplan, self.aws = prepare(subject, aws), drplan, aws
        self.cases = 0
        self.forget_secrets()
        self.before = self.census()
        self.apply(self.subject.context)
        self.empty = self.census()

    def census(self) -> Census:
        return census(self.aws, self.subject.kinds, self.subject.regions)

    def counts(self) -> dict[str, int]:
        return {kind: len(names) for kind, names in added(self.empty, self.census()).items()}

    def apply(self, template: Json) -> int:
        """The number of calls that change something."""
        self.drplan.write("stack.yaml", template)
        mark = self.aws.mark()
        self.drplan.apply()
        return len(mutating(self.aws, mark))

    def forget_secrets(self) -> None:
        """A name in its recovery window cannot be taken."""
        for region in self.subject.regions if "AWS::SecretsManager::Secret" in self.subject.kinds else ():
            client = self.aws.client("secretsmanager", region)
            for secret in client.list_secrets(IncludePlannedDeletion=True)["SecretList"]:
                if "DeletedDate" in secret:
                    client.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)

    def renew(self) -> None:
        """The names are free again."""
        self.forget_secrets()
        if self.subject.kind in COPIES:
            self.drplan.destroy()
            self.apply(self.subject.context)
            self.empty = self.census()

    def kill(self, kind: str, nth: int, template: Json) -> bool:
        """As if it had been an hour ago. False: there is no such call."""
        self.drplan.write("stack.yaml", template)
        if not killed(self.drplan, self.aws, kind, nth, "apply", "-auto-approve", "--allow-data-loss"):
            return False
        self.cases += 1
        with sqlite3.connect(self.drplan.folder / ".drplan" / "stack.db") as db:
            db.execute("UPDATE intent SET started_ms = started_ms - ?", [PATIENCE_MS])
        return True

    def said(self, text: str) -> tuple[str, str, str]:
        """Action, decision and id that were told of the subject; empty where nothing of it was open."""
        line = re.search(rf"^  {self.subject.address}: (create|update|delete) (found|not carried out|ended|undecided)(: (?P<id>.*?))? \((?P<why>.*)\)$", text, re.M)
        return (line[1], line[2], line["id"] or "") if line else ("", "", "")

    def stands(self, template: Json, counts: dict[str, int]) -> None:
        """As after a run that nobody killed."""
        self.drplan.clean()
        assert self.counts() == counts
        if self.subject.read:
            rows = self.drplan.state()
            props = live.resolve(template["Resources"][self.subject.address].get("Properties", {}), rows)
            props = json.loads(json.dumps(props).replace('{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}', '"arn:aws:iam::123456789012:root"'))
            if self.subject.kind == "AWS::SSM::Parameter":
                props["TagMap"] = props.pop("Tags", {})
            wrong = live.matches(props, self.subject.read(self.aws, rows[self.subject.address]["id"], props))
            assert not wrong, "\n".join(wrong)

    def create(self, kind: str, nth: int, counts: dict[str, int]) -> None:
        """Killed while it is made: `recover` says what there is, and it is the one that stays."""
        template = self.subject.template
        if not self.kill(kind, nth, template):
            self.apply(template)
            return
        got = self.drplan.run("recover", code=None)
        action, decision, ident = self.said(got.out)
        assert (action, decision) == ("create", wanted(self.subject.kind, kind, nth)), f"{kind} {nth}\n{got.text}"
        if decision == "undecided":
            self.answer(got)
        self.drplan.apply()
        self.stands(template, counts)
        assert ident in ("", self.drplan.ids()[self.subject.address]), "what was found is kept"

    def answer(self, got: Result) -> None:
        """The question names both commands; boto3 knows which is right."""
        address = self.subject.address
        assert got.code == 1 and f"drplan state adopt {address} ID` or `drplan state forget {address}`" in got.err, got.text
        mine = added(self.empty, self.census()).get(self.subject.kind, [])
        self.drplan.run("state", *(("adopt", address, *mine) if mine else ("forget", address)))

    def change(self, kind: str, nth: int, action: str, template: Json) -> None:
        """Killed while it is changed or deleted: nothing is looked for, the next run reads what it did."""
        if self.kill(kind, nth, template):
            got = self.drplan.apply()
            assert self.said(got.out)[:2] == (action, "ended"), got.text
        else:
            self.apply(template)


#: Nothing tells what stands there from what was there before: a service's role carries no tag.
UNDECIDED = {"AWS::IAM::ServiceLinkedRole"}
#: Making them twice makes one: nothing is looked for.
AGAIN = {"AWS::Lambda::Version"}
#: What nothing takes back is there the next time.
LASTING = {"DR::DRS::Service"}
#: One that waits for its deletion keeps its place: what it is a copy of is made anew.
COPIES = {"AWS::KMS::ReplicaKey"}


def wanted(kind: str, fault: str, nth: int) -> str:
    """What recover must say of a creation that was killed at its nth call."""
    if kind in AGAIN or (fault == BEFORE and nth == 1 and kind not in LASTING):
        return "not carried out"
    return "undecided" if kind in UNDECIDED else "found"


@pytest.fixture(scope="module")
def shared(emulator: Emulator) -> Emulator:
    emulator.reset()
    return emulator


@pytest.fixture
def account(shared: Emulator, request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """One for all: each type leaves it as it was, or it is emptied. The log is of one type alone."""
    shared.control("POST", "reset", {"keep": ["moto", "drs"]})
    failed = request.session.testsfailed
    yield shared
    if request.session.testsfailed > failed:
        shared.reset()


@pytest.mark.parametrize("kind", types())
def test_killed_at_each_call(kind: str, found: dict[str, Subject], account: Emulator, tmp_path: Path) -> None:
    stage = Stage(found[kind], Drplan(tmp_path, account.url), account)
    old, new, without = stage.subject.template, stage.subject.changed, stage.subject.context
    calls = [stage.apply(old)]
    counts = [stage.counts()]
    stage.stands(old, counts[0])
    calls.append(stage.apply(new))
    counts.append(stage.counts())
    calls.append(stage.apply(without))
    assert stage.counts() == {}
    for nth, fault in sample([(nth, fault) for nth in range(1, max(calls) + 1) for fault in (BEFORE, AFTER)], CASES):
        stage.renew()
        stage.create(fault, nth, counts[0])
        if nth <= calls[1]:
            stage.change(fault, nth, "update", new)
            stage.stands(new, counts[1])
        stage.change(fault, nth, "delete", without)
        assert stage.counts() == {}, "nothing is left"
    stage.drplan.clean()
    stage.drplan.destroy()
    stage.forget_secrets()
    assert added(stage.before, stage.census()) == {}
    assert not account.violations()
    print(f"{kind}: {stage.cases} kills, creating {calls[0]}, changing {calls[1]}, deleting {calls[2]} calls")


def looked_at() -> dict[str, str]:
    """Forms of these types, by the name of their stack; but for those that AWS would not delete again."""
    found = {name: template["Resources"].get("X", {}) for name, template in STACKS.items()}
    return {name: x["Type"] for name, x in found.items() if x.get("Type") in LOOKED_AT and not x["Properties"].get("DeletionProtection")}


#: Types whose creation no tag of ours tells: what is found is held against what was asked for, property by property.
LOOKED_AT = {
    "AWS::Backup::BackupSelection", "AWS::CloudWatch::AnomalyDetector", "AWS::EC2::NetworkAclEntry", "AWS::EC2::Route", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetNetworkAclAssociation", "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPCCidrBlock", "AWS::EC2::VPCDHCPOptionsAssociation", "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::KMS::Alias", "AWS::Lambda::Alias", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::Lambda::Url",
    "AWS::Logs::MetricFilter", "AWS::Logs::QueryDefinition", "AWS::RDS::DBCluster", "AWS::RDS::DBClusterParameterGroup", "AWS::RDS::DBInstance", "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup", "AWS::Route53::RecordSet", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::Secret", "AWS::SecretsManager::SecretTargetAttachment", "DR::S3::BucketReplication", "AWS::Backup::BackupPlan"}


@pytest.mark.parametrize("name", looked_at())
def test_found_by_what_it_looks_like(name: str, account: Emulator, tmp_path: Path) -> None:
    text = json.dumps(STACKS[name])
    zone = prepare_others(text, account)
    template = json.loads(text.replace('"ZONE"', json.dumps(zone)))
    stage = Stage(Subject(template["Resources"]["X"]["Type"], "X", alone(template), alone(template)), Drplan(tmp_path, account.url), account)
    assert stage.kill(AFTER, 1, stage.subject.template)
    got = stage.drplan.run("recover", code=None)
    chosen_by_aws = "AmazonProvidedIpv6CidrBlock" in template["Resources"]["X"]["Properties"]
    action, decision, ident = stage.said(got.out)
    assert (action, decision) == ("create", "undecided" if chosen_by_aws else "found"), got.text
    if chosen_by_aws:
        stage.answer(got)
        ident = stage.drplan.ids()["X"]
    stage.drplan.apply()
    stage.drplan.clean()
    assert stage.drplan.ids()["X"] == ident, "what was found is kept"
    stage.drplan.destroy()
    stage.forget_secrets()


def test_every_type_is_there(found: dict[str, Subject], tmp_path: Path) -> None:
    """All that the program knows, but for the files of this machine: no call tells of them, and test_files.py kills them."""
    known = set(json.loads(Drplan(tmp_path, None).run("schema", "-json").out)["types"])
    assert set(types()) == set(found) == known - {"DR::Local::File"}
