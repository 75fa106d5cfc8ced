"""Evidence of runs of runbooks, on the simulator: what it says, that it is one chain which no edit of the journal
survives, and that no text out of the journal gets into the markup."""
from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conftest import Drplan, Emulator, Json

HOSTILE = "<script>alert('x')</script> & \"quoted\" ]]> \u202e\u0001 é"


class Page(HTMLParser):
    """The structure of a page: which elements it has, with which attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(t == tag for t, _ in self.tags)


def stack(**failing: Json) -> Json:
    return {
        "Stack": "web", "Targets": {"primary": {"Region": "us-east-1"}, "dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"},
        "Objectives": {"RTO": "15m", "RPO": "1m"},
        "Conditions": {"Active": {"Fn::Equals": [{"Ref": "DR::Mode"}, "active"]}},
        "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16", "EnableDnsHostnames": {"Fn::If": ["Active", True, False]}}}},
        "Runbooks": {
            "failover": {"Description": HOSTILE, "From": "primary", "To": "dr", "Preflight": [{"Exists": {"Of": "Vpc"}}], "Steps": [
                {"Name": "go", "Approval": {"Ask": HOSTILE}},
                {"Name": HOSTILE, "Command": {"Argv": ["sh", "-c", f"echo '{HOSTILE}'; exit 1".replace("'x'", "x")]}, "OnFailure": "continue"},
                {"Name": "only-planned", "Wait": {"For": "1s"}, "When": "planned"},
                {"Name": "wait", "Wait": {"For": "2m"}, "StopsClock": True},
                {"Name": "converge", "Apply": {"Mode": "active", "Only": "mode"}}]},
            "drill": {"To": "dr", "Steps": [{"Name": "look", "Check": [{"Exists": {"Of": "Vpc"}}], "StopsClock": True},
                                            {"Name": "evidence", "Report": {"Formats": ["json", "html", "junit"]}}]},
        } | failing,
    }


def database(sim: Drplan) -> Path:
    return sim.folder / ".drplan" / "web.sim.db"


@pytest.fixture
def done(sim: Drplan) -> Drplan:
    """A drill, then an unplanned failover with a gap."""
    sim.write("stack.yaml", stack())
    sim.apply()
    sim.run("drill", "--sim", "-auto-approve")
    sim.run("failover", "--sim", "--unplanned", "-auto-approve", "--approve", "go", DRPLAN_OPERATOR="mara")
    return sim


def report(sim: Drplan, *args: str, code: int = 0) -> Json:
    return json.loads(sim.run("report", "--sim", "-format=json", *args, code=code).out)


def digest(content: Json) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def test_content(done: Drplan) -> None:
    drill, failover = (d["content"] for d in report(done))
    assert [drill["verdict"], drill["objectives"]["RTO"]["met"], drill["inventory"]["before"]] == ["met", True, drill["inventory"]["after"]]
    assert not drill["gaps"] and drill["expected"] == drill["actual"]
    assert (failover["runbook"], failover["kind"], failover["verdict"], failover["provider"]) == ("failover", "unplanned", "gaps", "sim")
    assert failover["expected"] == failover["actual"] == {"outcome": "done", "mode": "active", "active": "dr"}
    assert failover["scope"] == {"from": "primary", "to": "dr", "targets": {"primary": {"region": "us-east-1", "account": None},   # nothing is made there, so nobody asked
                                                                           "dr": {"region": "us-west-2", "account": "123456789012"}}}
    assert failover["operator"].startswith("mara@") and failover["approvals"][0]["answer"].startswith("approved on the command line by mara@")
    assert [s["state"] for s in failover["steps"]] == ["done", "gap", "skipped", "done", "done"]
    rto = failover["objectives"]["RTO"]
    assert rto["objective_ms"] == 900000 and rto["met"] is True and 120000 <= rto["measured_ms"] < 900000
    waited = failover["steps"][3]
    assert waited["elapsed_ms"] >= 120000 and waited["offset_ms"] + waited["elapsed_ms"] <= rto["measured_ms"]
    assert failover["inventory"]["before"]["resources"] == 1 and failover["inventory"]["before"] != failover["inventory"]["after"]


def test_chain(done: Drplan) -> None:
    first, second = report(done)
    assert [d["seal"] for d in (first, second)] == ["holds", "holds"]
    assert first["content"]["previous"] is None and second["content"]["previous"] == first["sha256"]
    assert [digest(d["content"]) for d in (first, second)] == [first["sha256"], second["sha256"]]
    assert report(done, "2") == second
    with sqlite3.connect(database(done)) as db:
        db.execute("UPDATE runbook_step SET state = 'done' WHERE state = 'gap'")
    got = done.run("report", "--sim", code=1)
    assert "the journal of run 2 is not what it was when it ended" in got.err
    assert [d["seal"] for d in report(done, code=1)] == ["holds", "broken"]


def test_chain_over_a_resumed_run(sim: Drplan) -> None:
    sim.write("stack.yaml", stack())
    sim.apply()
    sim.run("failover", "--sim", "--planned", "-auto-approve", "-input=false", code=1)
    assert report(sim, "1")["content"]["actual"]["outcome"] == "failed"
    failed = report(sim, "1")["sha256"]
    sim.run("failover", "--sim", "--resume", "-auto-approve", "-input=false", code=1)
    again = report(sim, "1")
    assert again["content"]["previous"] == failed and again["sha256"] != failed and again["seal"] == "holds"
    sim.run("failover", "--sim", "--resume", "-auto-approve", "--approve", "go", DRPLAN_OPERATOR="odo")
    sim.run("drill", "--sim", "-auto-approve")
    failover, drill = report(sim)
    assert failover["content"]["previous"] == again["sha256"] and drill["content"]["previous"] == failover["sha256"]
    assert [failover["seal"], drill["seal"]] == ["holds", "holds"]
    assert failover["content"]["resumed_by"][1].startswith("odo@")


def test_junit(done: Drplan) -> None:
    root = ET.fromstring(done.run("report", "--sim", "-format=junit").out)
    drill, failover = root.findall("testsuite")
    assert failover.get("name") == "web.failover" and failover.get("skipped") == "1"
    cases = {(c.get("classname"), c.get("name")): c for c in failover.findall("testcase")}
    assert ("preflight", "Exists Vpc") in cases and ("objective", "RTO") in cases
    gap = next(c for (group, name), c in cases.items() if group == "step" and name and name.startswith("<script>"))
    assert gap.find("failure") is not None and gap.find("failure").get("type") == "gap"
    assert int(failover.get("failures") or 0) == len(failover.findall("testcase/failure")) == 2      # and the RPO, which nobody measured
    assert int(failover.get("tests") or 0) == len(cases) and drill.get("failures") == "0"


def test_page(done: Drplan) -> None:
    text = done.run("report", "--sim", "-format=html").out
    page = Page(text)
    assert not page.open and not page.count("script") and not page.count("link") and not page.count("img")
    assert not [v for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href") and not (v or "").startswith("#")]
    assert "url(" not in text and "@import" not in text and "\x01" not in text and "\u202e" not in text
    words = "".join(page.texts)
    assert words.count("<script>alert('x')</script> & \"quoted\" ]]>") == 4          # description, question, step, gap
    assert page.count("h1") == 1 and page.count("h2") == 3 and page.count("article") == 2
    assert page.count("table") == page.count("caption") > 5 and ("html", {"lang": "en"}) in page.tags
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids)) and {a["href"] for t, a in page.tags if t == "a"} <= {f"#{i}" for i in ids}
    bars = [a["style"] for t, a in page.tags if t == "span" and (a.get("class") or "").startswith("bar")]
    assert len(bars) == 7
    for bar in bars:
        left, width = (float(p.split(":")[1].rstrip("%")) for p in (bar or "").split(";"))
        assert 0 <= left <= 100 and left + width <= 100.01


def test_files_of_a_report_step(done: Drplan) -> None:
    folder = done.folder / ".drplan" / "reports"
    assert sorted(p.name for p in folder.iterdir()) == ["web-1.html", "web-1.json", "web-1.xml"]
    assert json.loads((folder / "web-1.json").read_text()) == report(done, "1")
    assert json.loads((folder / "web-1.json").read_text())["content"]["actual"]["outcome"] == "done"
    assert oct((folder / "web-1.html").stat().st_mode & 0o777) == "0o600"


PAPER = {"Name": "paper", "Report": {"Formats": ["json", "html"], "To": {"Fn::Sub": "s3://${Bucket}/evidence"}, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}}


def papers(**more: Json) -> Json:
    """A runbook whose report goes to a bucket of the other region, under a key of that region."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}]}
    return {"Stack": "web", "Targets": {"primary": {"Region": "eu-west-1"}, "dr": {"Region": "us-west-2"}}, "Defaults": {"Target": "dr"},
            "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Target": "primary", "Properties": {"BucketName": "evidence-of-web"}},
                          "Key": {"Type": "AWS::KMS::Key", "Target": "primary", "Properties": {"KeyPolicy": policy}}},
            "Runbooks": {"book": {"To": "dr", "Steps": [PAPER | more]}}}


@pytest.mark.parametrize("world", ["aws", "sim"], indirect=True)
def test_report_goes_to_a_bucket(world: Drplan, request: pytest.FixtureRequest) -> None:
    world.write("stack.yaml", papers())
    world.apply()
    command = ["runbook", "run", "book", "-auto-approve"] + (["--sim"] if world.sim else [])
    got = world.run(*command).err
    assert ".drplan/reports/web-1.json" in got and "s3://evidence-of-web/evidence/web-1.json" in got and "s3://evidence-of-web/evidence/web-1.html" in got
    if world.sim:
        return
    aws: Emulator = request.getfixturevalue("aws")
    s3 = aws.client("s3", "eu-west-1")
    key = next(k["KeyArn"] for k in aws.client("kms", "eu-west-1").list_keys()["Keys"])
    for name, media in (("web-1.json", "application/json"), ("web-1.html", "text/html; charset=utf-8")):
        there = s3.get_object(Bucket="evidence-of-web", Key=f"evidence/{name}", ChecksumMode="ENABLED")
        body = there["Body"].read()
        assert body == (world.folder / ".drplan" / "reports" / name).read_bytes() and there["ContentType"] == media
        assert there["ServerSideEncryption"] == "aws:kms" and there["SSEKMSKeyId"] == key
        assert there["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    puts = [e for e in aws.log() if e["operation"] == "PutObject"]
    assert len(puts) == 2 and {e["region"] for e in puts} == {"eu-west-1"}


@pytest.mark.parametrize("more, code", [({}, 0), ({"OnFailure": "continue"}, 0), ({"OnFailure": "stop"}, 1)], ids=["unsaid", "continue", "stop"])
def test_report_that_does_not_arrive(drplan: Drplan, aws: Emulator, more: Json, code: int) -> None:
    drplan.write("stack.yaml", papers(**more))
    drplan.apply()
    aws.fault(operation="PutObject", kind="error-code", code="AccessDenied", status=403)
    got = drplan.run("runbook", "run", "book", "-auto-approve", code=code).err
    assert "the report web-1.json was not brought to s3://evidence-of-web/evidence" in got and "it stays in .drplan/reports" in got
    done = report_of(drplan)
    assert done["content"]["verdict"] == "met" and done["seal"] == "holds"
    assert json.loads((drplan.folder / ".drplan" / "reports" / "web-1.json").read_text()) == done


def report_of(drplan: Drplan) -> Json:
    return json.loads(drplan.run("report", "1", "-format=json").out)


def test_files_by_command(done: Drplan) -> None:
    got = done.run("report", "--sim", "-out=evidence", "-format=json")
    assert got.out.split() == ["evidence/web-1.json", "evidence/web-2.json"]
    done.run("report", "2", "--sim", "-out=evidence")
    assert sorted(p.name for p in (done.folder / "evidence").iterdir()) == ["web-1.json", "web-2.html", "web-2.json", "web-2.xml"]


def test_for_people(done: Drplan) -> None:
    got = done.run("report", "--sim").out.splitlines()
    assert len(got) == 2 and "drill" in got[0] and "failover, unplanned: gaps, RTO 2 min" in got[1] and "(within 15m)" in got[1]
    one = done.run("report", "2", "--sim").out
    assert "gap       RPO was not measured" in one and "\x01" not in one and "chain     holds" in one


def test_refusals(sim: Drplan) -> None:
    sim.write("stack.yaml", stack())
    sim.apply()
    assert sim.run("report", "--sim").out == "No runbook was carried out.\n" and report(sim) == []
    assert "no run 3 of a runbook" in sim.run("report", "3", "--sim", code=1).err
    sim.run("report", "x", "--sim", code=64)
    sim.run("report", "--sim", "-format=pdf", code=64)
    for wrong, said in (({"To": "https://bucket/"}, "To is no place in S3"), ({"To": "s3://No_Bucket/x"}, "To is no place in S3"), ({"KmsKeyId": "k"}, "there is no To")):
        sim.write("wrong.yaml", stack(paper={"Steps": [{"Name": "a", "Report": {"Formats": ["json"], **wrong}}]}))
        got = sim.run("validate", "wrong.yaml", code=1).err
        assert said in got and "wrong.yaml:" in got


def test_page_in_a_browser(done: Drplan) -> None:
    import shutil
    import subprocess
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no headless browser here")
    page = done.write("page.html", done.run("report", "--sim", "-format=html").out)
    got = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={done.folder / 'browser'}",
                          "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120)
    assert got.returncode == 0 and "<article id=\"run-2\"" in got.stdout
    assert "CONSOLE" not in got.stderr, got.stderr[-2000:]                            # nothing was refused by the page's own policy
