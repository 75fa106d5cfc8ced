"""Two versions of a network and what the tests of faults share: counting changing calls, comparing inventories, killing."""
from __future__ import annotations

import json
import os
import random
import time
from typing import Any

import oracle
from conftest import Drplan, Emulator, Json, res, ref

REGIONS = ("us-east-1", "us-west-2")
READS = ("Describe", "List", "Get", "Head", "Search", "Lookup", "BatchGet", "Assume")


def newer(template: Json) -> Json:
    """Updates, a removal, an addition, and replacements of both kinds."""
    t: Json = json.loads(json.dumps(template))
    r = t["Resources"]
    r["Vpc"]["Properties"]["Tags"] = [{"Key": "Name", "Value": "two"}]
    r["SubnetB"]["Properties"]["CidrBlock"] = "10.20.2.0/24"
    r["Web"]["Properties"]["SecurityGroupIngress"] = [{"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIp": "0.0.0.0/0"}]
    r["Db"]["Properties"]["GroupDescription"] = "another database"
    r["Logs"]["Properties"]["RetentionInDays"] = 30
    del r["DbOut"]
    r["SubnetC"] = res("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.20.3.0/24")
    return t


def inventory(aws: Emulator, stable: bool = True) -> Json:
    return aws.oracle(REGIONS).inventory({"ec2", "logs"}, stable=stable)


def mutating(aws: Emulator, since: int) -> list[str]:
    return [e["operation"] for e in aws.log(since) if not e["operation"].startswith(READS)]


def sample(items: list[Any], n: int) -> list[Any]:
    """All of them with FAULTS=all, else n, by the seed that is printed."""
    if os.environ.get("FAULTS") == "all" or len(items) <= n:
        return items
    seed = int(os.environ.get("FAULT_SEED", "1"))
    print(f"a sample of {n} of {len(items)}, FAULT_SEED={seed}")
    return sorted(random.Random(seed).sample(items, n), key=str)


def part(items: list[Any]) -> list[Any]:
    """FAULT_PART=2/5: every fifth of them from the second on, so that a long run can be made in parts."""
    nth, _, of = os.environ.get("FAULT_PART", "1/1").partition("/")
    return items[int(nth) - 1::int(of)]


def forget_faults(aws: Emulator) -> None:
    aws.control("DELETE", "faults")


def killed(drplan: Drplan, aws: Emulator, kind: str, nth: int, *args: str) -> bool:
    """Start the command and kill it when its nth changing call stands still, before or after it was carried out. False:
    the command had no such call and ended well."""
    aws.fault(mutating=True, nth=nth, kind=kind, times=1)
    return killed_at_hold(drplan, aws, *args)


def killed_at_hold(drplan: Drplan, aws: Emulator, *args: str) -> bool:
    """The same at whatever call a fault that was set makes stand still."""
    process = drplan.start(*args)
    try:
        while process.poll() is None and not aws.control("GET", "stats")["holding"]:
            time.sleep(0.02)
        dead = process.poll() is None
        process.kill()
        out, err = process.communicate()
    finally:
        forget_faults(aws)
    while aws.control("GET", "stats")["holding"]:
        time.sleep(0.02)
    assert dead or process.returncode in (0, 1, 3), f"{args}\n{out}\n{err}"
    return dead


def ids(inv: Json) -> set[str]:
    return {i for kind, places in inv.items() if kind not in oracle.EXTERNAL for items in places.values() for i in items}
