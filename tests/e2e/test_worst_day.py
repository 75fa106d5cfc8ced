"""The second guide's whole story with its own example, by commands alone: apply, a planned failover, the way back, one
without the primary region and us-east-1, the way back, destroy. boto3 tells each time who writes, how many machines there
are and where the switch points; the emulator's log tells that nobody needed the region that was gone."""
from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import examples
import pytest
from conftest import Drplan, Emulator
from faultstage import forget_faults

PRIMARY, DR = "us-east-1", "us-west-2"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:      # noqa: N802 - the base class's name
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[str]:
    """What the load balancers would lead to."""
    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/health"
    server.shutdown()


@pytest.fixture
def webapp(drplan: Drplan, aws: Emulator, application: str) -> examples.Example:
    def edit(text: str) -> str:
        """Gates and runbooks ask the application here; nobody resolves its name."""
        text = re.sub(r"Url: (!Sub )?'https://[^']*'", f"Url: '{application}'", text)
        said = "{status: 200, writable: true, rows: 5}"      # the emulator's functions answer what they were asked
        text = text.replace("isolated-copy.Outputs.Probe, Expect", f"isolated-copy.Outputs.Probe, Payload: {said}, Expect")
        return re.sub(r"^ *- Dns: \{Name: !Ref AppDomain.*\n", "", text, flags=re.M)
    return examples.Example(drplan, "dr-webapp", aws, edit)


def writer(aws: Emulator, region: str = DR) -> str:
    members = aws.client("rds", region).describe_global_clusters()["GlobalClusters"][0]["GlobalClusterMembers"]
    return next(m["DBClusterArn"].rsplit(":", 1)[1] for m in members if m["IsWriter"])


def sizes(aws: Emulator, region: str) -> tuple[int, int]:
    group = aws.client("autoscaling", region).describe_auto_scaling_groups()["AutoScalingGroups"][0]
    return group["MinSize"], group["DesiredCapacity"]


def switch(aws: Emulator) -> str:
    return aws.client("cloudwatch", DR).describe_alarms(AlarmNames=["dr-webapp-failover-switch"])["MetricAlarms"][0]["StateValue"]


def production_in_dr(aws: Emulator) -> None:
    assert writer(aws) == "dr-webapp-dr-cluster"
    assert sizes(aws, DR) == (3, 3) and switch(aws) == "ALARM"


def production_in_primary(aws: Emulator) -> None:
    assert writer(aws) == "dr-webapp-primary"
    assert sizes(aws, PRIMARY) == (2, 2) and sizes(aws, DR) == (0, 1) and switch(aws) == "OK"


def test_the_whole_story(webapp: examples.Example, drplan: Drplan, aws: Emulator) -> None:
    back = ["-auto-approve", "--approve=go", "--approve=lost-writes-reconciled"]
    webapp.apply()
    webapp.clean()

    webapp.replicate()
    got = drplan.run("failover", "--planned", "-auto-approve", timeout=300)
    assert re.search(r"^RTO .* \(within 15m\)", got.out, re.M) and re.search(r"^RPO 0\.42 s \(within 1m\)", got.out, re.M), got.out
    production_in_dr(aws)
    assert sizes(aws, PRIMARY) == (0, 0)
    webapp.clean()
    assert "the stack is in mode active" in drplan.destroy("dr-webapp", *webapp.args, code=1).err
    webapp.replicate()
    drplan.run("failback", *back, timeout=300)
    production_in_primary(aws)
    webapp.clean()

    aws.fault(region=PRIMARY, kind="drop-before")
    since = aws.mark()
    drplan.run("failover", "--unplanned", "-auto-approve", timeout=300)
    needed = {e["operation"] for e in aws.log(since) if e["region"] == PRIMARY and e["status"] == 200}
    assert not needed
    forget_faults(aws)
    production_in_dr(aws)
    webapp.apply()      # what waited for the region that was gone
    webapp.clean()
    webapp.replicate()
    drplan.run("failback", *back, timeout=300)
    production_in_primary(aws)
    webapp.clean()
    # What is kept of the lost interval is the operator's; the primary's group has other machines than at first.
    kept = aws.client("rds", PRIMARY).describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="dr-webapp-lost-writes")["DBClusterSnapshots"]
    assert len(kept) == 1
    webapp.destroy(but=("db_cluster_snapshot in us-east-1", "instance in us-east-1"))


def test_drill(webapp: examples.Example, drplan: Drplan, aws: Emulator) -> None:
    """An isolated copy is made, asked and removed; production is as it was."""
    webapp.apply()
    before = examples.nonempty(webapp.leftovers())
    since = aws.mark()
    got = drplan.run("drill", "-auto-approve", timeout=300)
    assert "drill done" in got.out and aws.calls(since)["RestoreDBClusterToPointInTime"] == 1
    assert examples.nonempty(webapp.leftovers()) == before
    webapp.clean()
    assert len(json.loads(drplan.run("report", "-json").out)) == 1
    webapp.destroy()
