"""Times, calls and peak memory of whole drplan processes; prints a table. Not a test: nothing here can fail by being slow.

    DRPLAN=./drplan python tests/bench/bench.py [--sizes 100,1000,10000] [--emulator-size 1000] [--runs 3] [--only start,sim,emulator,journal]

start     `version` and `validate` of the example, and the stripped binary's size
sim       a VPC and N security groups and N rules on the simulator: plan from empty, apply, plan with nothing changed
emulator  the same for one size over the real wire, with the ratio of a no-change plan to the same reads by bare boto3
journal   an apply over the real wire with syncs that cost nothing, and with syncs of 2 ms and of 8 ms each: what the journal costs
Each figure is the median of the runs; memory is the peak resident set of the process.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
DRPLAN = os.environ.get("DRPLAN", str(TOP / "drplan"))
EXAMPLE = ["-var=HostedZoneId=Z0123456789ABC", "-var=CertificateArn=arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555"]


def run(args: list[str], cwd: str, env: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of one process; its exit status must be 0 or 2."""
    start = time.perf_counter()
    child = subprocess.Popen(args, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    err = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 2):
        sys.exit(f"{' '.join(args)}: exit {os.waitstatus_to_exitcode(status)}\n{err.decode()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(args: list[str], cwd: str, runs: int, env: dict[str, str] | None = None) -> tuple[float, float, float]:
    rows = [run(args, cwd, env) for _ in range(runs)]
    return tuple(statistics.median(column) for column in zip(*rows))  # type: ignore[return-value]


def stack(n: int) -> str:
    """A VPC with n security groups and n ingress rules, JSON form (it is a template like any other)."""
    res: dict[str, object] = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}
    for i in range(n):
        res[f"Group{i}"] = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": f"group {i}", "GroupName": f"bench-{i}", "VpcId": {"Ref": "Vpc"}}}
        res[f"Rule{i}"] = {"Type": "AWS::EC2::SecurityGroupIngress",
                           "Properties": {"GroupId": {"Ref": f"Group{i}"}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": f"10.{i % 200}.{i // 200}.0/24"}}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": res})


def line(what: str, figures: tuple[float, float, float], note: str = "") -> None:
    print(f"{what:<44} {figures[0] * 1000:9.1f} ms wall {figures[1] * 1000:9.1f} ms cpu {figures[2]:7.1f} MB  {note}", flush=True)


def bench_start(runs: int) -> None:
    line("version", median([DRPLAN, "version"], str(TOP), runs * 3))
    line("validate examples/dr-webapp", median([DRPLAN, "validate", "examples/dr-webapp", *EXAMPLE], str(TOP), runs * 3))
    with tempfile.TemporaryDirectory() as d:
        stripped = Path(d) / "drplan"
        subprocess.run(["strip", "-o", stripped, DRPLAN], check=True)
        print(f"{'binary, stripped':<44} {stripped.stat().st_size / 1e6:9.2f} MB")


def bench_sim(sizes: list[int], runs: int) -> None:
    for n in sizes:
        half = (n - 1) // 2
        with tempfile.TemporaryDirectory() as d:
            (Path(d) / "bench.json").write_text(stack(half))
            total = 2 * half + 1
            line(f"sim {total} resources: plan from empty", median([DRPLAN, "plan", "bench.json", "--sim"], d, runs))
            line(f"sim {total} resources: apply", run([DRPLAN, "apply", "bench.json", "--sim", "-auto-approve"], d))
            line(f"sim {total} resources: plan, no changes", median([DRPLAN, "plan", "bench.json", "--sim", "-detailed-exitcode"], d, runs))
            line(f"sim {total} resources: destroy", run([DRPLAN, "destroy", "bench.json", "--sim", "-auto-approve"], d))


def stats(endpoint: str) -> dict[str, object]:
    with urllib.request.urlopen(endpoint + "/_emu/stats") as r:
        return json.load(r)


def calls(endpoint: str) -> int:
    s = stats(endpoint)
    return int(s.get("requests", s.get("total", 0)))  # type: ignore[arg-type]


def bare_reads(endpoint: str, env: dict[str, str]) -> str:
    """The same reads by boto3, as a program: all groups, rules and the VPC of the stack, page by page."""
    return f"""
import boto3
c = boto3.client('ec2', endpoint_url={endpoint!r}, region_name='us-east-1', aws_access_key_id='testing', aws_secret_access_key='testing-secret')
ids = [g['GroupId'] for p in c.get_paginator('describe_security_groups').paginate() for g in p['SecurityGroups']]
for i in range(0, len(ids), 200):
    list(c.get_paginator('describe_security_group_rules').paginate(Filters=[{{'Name': 'group-id', 'Values': ids[i:i + 200]}}]))
c.describe_vpcs()
"""


@contextlib.contextmanager
def emulated(folder: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The emulator's address, and the environment that leads drplan there."""
    emulator = subprocess.Popen([sys.executable, str(TOP / "tests/emulator/awsemu.py"), "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert emulator.stdout
        endpoint = f"http://127.0.0.1:{json.loads(emulator.stdout.readline())['port']}"
        yield endpoint, {**os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret",
                         "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder}
    finally:
        emulator.terminate()
        emulator.wait()


def bench_emulator(n: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as d, emulated(d) as (endpoint, env):
        (Path(d) / "bench.json").write_text(stack(n))
        total = 2 * n + 1
        before = calls(endpoint)
        line(f"emulator {total} resources: plan from empty", median([DRPLAN, "plan", "bench.json"], d, runs, env), f"{(calls(endpoint) - before) // runs} calls")
        before = calls(endpoint)
        line(f"emulator {total} resources: apply", run([DRPLAN, "apply", "bench.json", "-auto-approve"], d, env), f"{calls(endpoint) - before} calls")
        before = calls(endpoint)
        ours = median([DRPLAN, "plan", "bench.json", "-detailed-exitcode"], d, runs, env)
        line(f"emulator {total} resources: plan, no changes", ours, f"{(calls(endpoint) - before) // runs} calls")
        bare = median([sys.executable, "-c", bare_reads(endpoint, env)], d, runs, env)
        line("the same reads by bare boto3", bare, f"ratio {ours[0] / bare[0]:.2f}")
        before = calls(endpoint)
        line(f"emulator {total} resources: destroy", run([DRPLAN, "destroy", "bench.json", "-auto-approve"], d, env), f"{calls(endpoint) - before} calls")


def bench_journal(n: int, runs: int) -> None:
    """Applies and destroys by turns with each kind of disk, so that a machine that slows down slows all of them."""
    costs: dict[int, list[tuple[float, float, float]]] = {0: [], 2: [], 8: []}
    synced: dict[int, list[tuple[int, int]]] = {ms: [] for ms in costs}
    with tempfile.TemporaryDirectory() as d, emulated(d) as (_, env):
        (Path(d) / "bench.json").write_text(stack(n))
        library, count = Path(d) / "slowsync.so", Path(d) / "syncs"
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", library, TOP / "tests/bench/slowsync.c"], check=True)
        for _ in range(runs):
            for ms, rows in costs.items():
                rows.append(run([DRPLAN, "apply", "bench.json", "-auto-approve"], d, {**env, "LD_PRELOAD": str(library), "SYNC_MS": str(ms), "SYNC_COUNT": str(count)}))
                syncs, spent = count.read_text().split()
                synced[ms].append((int(syncs), int(spent)))
                run([DRPLAN, "destroy", "bench.json", "-auto-approve"], d, {**env, "LD_PRELOAD": str(library), "SYNC_MS": "0"})
    for ms, rows in costs.items():
        figures = tuple(statistics.median(column) for column in zip(*rows))
        ratio = statistics.median(row[0] / free[0] for row, free in zip(rows, costs[0]))
        syncs, spent = (statistics.median(column) for column in zip(*synced[ms]))
        note = f"{syncs:.0f} syncs, {spent:.0f} ms in them ({spent / figures[0] / 10:.1f} %); wall {100 * (ratio - 1):+.1f} %"
        line(f"journal {2 * n + 1} resources: apply, {ms} ms a sync", figures, note)  # type: ignore[arg-type]


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--sizes", default="100,1000,10000")
    p.add_argument("--emulator-size", type=int, default=1000)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--only", default="start,sim,emulator,journal")
    p.add_argument("--journal-size", type=int, default=100)
    o = p.parse_args()
    print(f"cores {os.cpu_count()}, runs {o.runs}, page size {resource.getpagesize()}")
    if "start" in o.only:
        bench_start(o.runs)
    if "sim" in o.only:
        bench_sim([int(s) for s in o.sizes.split(",")], o.runs)
    if "emulator" in o.only:
        bench_emulator(o.emulator_size, o.runs)
    if "journal" in o.only:
        bench_journal(o.journal_size, o.runs)


main()
