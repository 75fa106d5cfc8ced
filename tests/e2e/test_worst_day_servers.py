"""The first guide's whole story with its own example, by commands alone: servers of three tiers that replicate into the
recovery region, a planned failover tier by tier, the way back by reverse replication, a drill that leaves nothing behind,
destroy. boto3 tells each time which jobs ran in which order, which instances run where, and where the switch points."""
from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import examples
import pytest
from conftest import Drplan, Emulator, Json

PRIMARY, DR = "us-east-1", "us-west-2"
PROJECT = "enterprise-dr"
TIERS = {"database": 2, "application": 2, "web": 1}


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:      # noqa: N802 - the base class's name
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[str]:
    """What the servers would serve."""
    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/health"
    server.shutdown()


@pytest.fixture
def automation(drplan: Drplan, aws: Emulator, application: str) -> examples.Example:
    def edit(text: str) -> str:
        """Runbooks ask the application here; nobody resolves its name."""
        return re.sub(r"Url: (!Sub )?'https://[^']*/health'", f"Url: '{application}'", text)
    return examples.Example(drplan, "dr-automation", aws, edit)


def instances(aws: Emulator, region: str, *states: str) -> list[Json]:
    found = aws.client("ec2", region).describe_instances(Filters=[{"Name": "instance-state-name", "Values": list(states or ("running",))}])
    return [i for r in found["Reservations"] for i in r["Instances"]]


def servers_in(aws: Emulator, *states: str) -> list[str]:
    """Instances of the primary region that are nobody's group."""
    return [i["InstanceId"] for i in instances(aws, PRIMARY, *states) if not any(t["Key"].startswith("aws:autoscaling") for t in i.get("Tags", []))]


def install_agents(aws: Emulator) -> dict[str, str]:
    """Servers of three tiers run in the primary region and replicate; their tiers by source server."""
    ec2, tiers = aws.client("ec2", PRIMARY), {}
    ami = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for tier, n in TIERS.items():
        for i in range(n):
            ident = ec2.run_instances(ImageId=ami, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
            server = aws.control("POST", "drs/source-servers", {"region": DR, "hostname": f"{tier}-{i}", "origin": PRIMARY, "instance": ident, "lag": "PT2.5S",
                                                                "tags": {"Project": PROJECT, "Tier": tier}})
            tiers[server["sourceServerID"]] = tier
    return tiers


def launches(aws: Emulator, region: str, before: frozenset[str] = frozenset()) -> list[Json]:
    """Launch jobs beside those of before, in the order in which they were begun."""
    jobs = [j for j in aws.client("drs", region).describe_jobs()["items"] if j["type"] == "LAUNCH" and j["jobID"] not in before]
    return sorted(jobs, key=lambda j: j["creationDateTime"])


def tiers_of(jobs: list[Json], tiers: dict[str, str]) -> list[list[str]]:
    return [sorted(tiers[s["sourceServerID"]] for s in j["participatingServers"]) for j in jobs]


def one_after_the_other(jobs: list[Json]) -> bool:
    return all(a["endDateTime"] <= b["creationDateTime"] for a, b in zip(jobs, jobs[1:]))


def recoveries(aws: Emulator, region: str) -> list[Json]:
    return aws.client("drs", region).describe_recovery_instances()["items"]


def servers(aws: Emulator, region: str) -> dict[str, str]:
    """Tiers by source server."""
    return {s["sourceServerID"]: s["tags"]["Tier"] for s in aws.client("drs", region).describe_source_servers()["items"]}


def switch(aws: Emulator) -> str:
    return aws.client("cloudwatch", DR).describe_alarms(AlarmNames=[f"{PROJECT}-failover-switch"])["MetricAlarms"][0]["StateValue"]


def drill_rule(aws: Emulator) -> str:
    return aws.client("events", DR).describe_rule(Name=f"{PROJECT}-monthly-drill")["State"]


IN_ORDER = [["database"] * 2, ["application"] * 2, ["web"]]


def stopped_before_launch(aws: Emulator, since: int) -> bool:
    order = [x["operation"] for x in aws.log(since) if x["operation"] in ("StopInstances", "StartRecovery")]
    return order == ["StopInstances", "StartRecovery", "StartRecovery", "StartRecovery"]


def fail_over(aws: Emulator, drplan: Drplan, tiers: dict[str, str]) -> None:
    aws.functions_answer(DR, {"ok": False, "answers": {"10.100.2.7": "refused"}}, {"ok": True, "answers": {}})
    since = aws.mark()
    got = drplan.run("failover", "--planned", "-auto-approve", "--approve=quiesced", timeout=300)
    assert re.search(r"^RTO .* \(within 30m\)", got.out, re.M) and re.search(r"^RPO 2\.5 s \(within 1m\)", got.out, re.M), got.out
    assert aws.calls(since)["Invoke"] == 2
    jobs = launches(aws, DR)
    assert tiers_of(jobs, tiers) == IN_ORDER and one_after_the_other(jobs)
    assert all(s["launchStatus"] == "LAUNCHED" for j in jobs for s in j["participatingServers"])
    running = {i["InstanceId"] for i in instances(aws, DR)}
    assert {r["ec2InstanceID"] for r in recoveries(aws, DR)} == running and len(running) == len(tiers)
    assert not any(r["isDrill"] for r in recoveries(aws, DR))
    assert servers_in(aws, "running", "pending", "stopping") == [] and len(servers_in(aws, "stopped")) == len(tiers)
    assert stopped_before_launch(aws, since)
    assert switch(aws) == "ALARM" and drill_rule(aws) == "DISABLED"


def fail_back(aws: Emulator, drplan: Drplan) -> None:
    drplan.run("failback", "-auto-approve", "--approve=go", timeout=300)
    there = servers(aws, PRIMARY)
    jobs = launches(aws, PRIMARY)
    assert tiers_of(jobs, there) == IN_ORDER and one_after_the_other(jobs)
    running = {i["InstanceId"] for i in instances(aws, PRIMARY)}
    assert {r["ec2InstanceID"] for r in recoveries(aws, PRIMARY)} <= running and len(recoveries(aws, PRIMARY)) == len(there)
    assert {s["dataReplicationInfo"]["dataReplicationState"] for s in aws.client("drs", DR).describe_source_servers()["items"]} == {"CONTINUOUS"}
    assert recoveries(aws, DR) == [] and instances(aws, DR, "running", "pending", "stopping", "stopped") == []
    assert switch(aws) == "OK" and drill_rule(aws) == "ENABLED"


def drill(aws: Emulator, drplan: Drplan, tiers: dict[str, str]) -> None:
    before = frozenset(j["jobID"] for j in launches(aws, DR))
    network = next(s["SubnetId"] for s in aws.client("ec2", DR).describe_subnets()["Subnets"] if {"Key": "Name", "Value": f"{PROJECT}-drill"} in s.get("Tags", []))
    production = {i["InstanceId"] for i in instances(aws, PRIMARY)}
    drplan.run("drill", "-auto-approve", timeout=300)
    jobs = launches(aws, DR, before)
    assert tiers_of(jobs, tiers) == IN_ORDER and {j["initiatedBy"] for j in jobs} == {"START_DRILL"}
    launched = [s["recoveryInstanceID"] for j in jobs for s in j["participatingServers"]]
    ended = [i for i in instances(aws, DR, "terminated") if i["InstanceId"] in launched]
    assert len(ended) == len(tiers) and {i.get("SubnetId", network) for i in ended} == {network}
    assert recoveries(aws, DR) == [] and instances(aws, DR, "running", "pending", "stopping", "stopped") == []
    assert not [t for t in aws.client("ec2", DR).describe_launch_templates()["LaunchTemplates"] if t["DefaultVersionNumber"] != 1 or t.get("Tags")]
    assert {i["InstanceId"] for i in instances(aws, PRIMARY)} == production and switch(aws) == "OK"


def retire(aws: Emulator) -> None:
    """The servers are not the stack's, nor are their launch templates; their owner takes them away."""
    for region in (PRIMARY, DR):
        drs = aws.client("drs", region)
        for server in servers(aws, region):
            template = drs.get_launch_configuration(sourceServerID=server)["ec2LaunchTemplateID"]
            aws.client("ec2", region).delete_launch_template(LaunchTemplateId=template)
            drs.disconnect_source_server(sourceServerID=server)
            drs.delete_source_server(sourceServerID=server)
        for r in recoveries(aws, region):
            drs.disconnect_recovery_instance(recoveryInstanceID=r["recoveryInstanceID"])
            drs.delete_recovery_instance(recoveryInstanceID=r["recoveryInstanceID"])
    agents = servers_in(aws, "running", "stopped")
    aws.client("ec2", PRIMARY).terminate_instances(InstanceIds=agents)


def test_the_whole_story(automation: examples.Example, drplan: Drplan, aws: Emulator) -> None:
    automation.apply()
    automation.clean()
    tiers = install_agents(aws)

    fail_over(aws, drplan, tiers)
    automation.clean()
    assert "the stack is in mode active" in drplan.destroy("dr-automation", *automation.args, code=1).err
    fail_back(aws, drplan)
    automation.clean()
    drill(aws, drplan, tiers)
    automation.clean()
    retire(aws)
    automation.destroy()
