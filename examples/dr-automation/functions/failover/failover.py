"""What the failover's state machine cannot say, and a failover started by hand.

Event, one of:
  {"Action": "recover", "Confirm": "FAILOVER", "Tiers": ["database", "application", "web"]}      starts the jobs
  {"Action": "jobs", "Jobs": {"database": ["drsjob-1"]}}       how far they are: launched, failed or running
"""
import os

import boto3

PROJECT = os.environ["PROJECT"]
SERVERS_A_CALL = 200                       # StartRecovery's limit


def servers(drs, tier):
    pages = drs.get_paginator("describe_source_servers").paginate()
    for page in pages:
        for server in page["items"]:
            tags = server.get("tags", {})
            if tags.get("Project") == PROJECT and tags.get("Tier") == tier:
                yield server["sourceServerID"]


def recover(drs, tier):
    """The jobs that were started; who waits for them is the caller: a function's fifteen minutes may not be enough."""
    ids = sorted(servers(drs, tier))
    jobs = []
    for at in range(0, len(ids), SERVERS_A_CALL):
        job = drs.start_recovery(sourceServers=[{"sourceServerID": i} for i in ids[at:at + SERVERS_A_CALL]],
                                 isDrill=False, tags={"Project": PROJECT, "Purpose": "Failover", "Tier": tier})
        jobs.append(job["job"]["jobID"])
    return jobs


def outcome(drs, jobs):
    """launched, failed or running, and {server: its launch status}; no job at all is launched: there was nothing to do"""
    ids = [job for tier in jobs.values() for job in tier]
    if not ids:
        return {"outcome": "launched", "servers": {}}
    found = [j for page in drs.get_paginator("describe_jobs").paginate(filters={"jobIDs": ids}) for j in page["items"]]
    servers = {s["sourceServerID"]: s.get("launchStatus", "PENDING") for j in found for s in j.get("participatingServers", [])}
    if any(status in ("FAILED", "TERMINATED") for status in servers.values()):
        return {"outcome": "failed", "servers": servers}
    done = len(found) == len(ids) and all(j["status"] == "COMPLETED" for j in found)
    return {"outcome": "launched" if done else "running", "servers": servers}


def handler(event, context):
    action = event.get("Action")
    if action == "jobs":
        return outcome(boto3.client("drs"), event["Jobs"])
    if action != "recover" or event.get("Confirm") != "FAILOVER":
        raise ValueError('Action is "jobs", or "recover" with Confirm: "FAILOVER"')
    drs = boto3.client("drs")
    jobs = {tier: recover(drs, tier) for tier in event.get("Tiers", ["database", "application", "web"])}
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Subject=f"{PROJECT} - recovery started", Message=str(jobs))
    return {"jobs": jobs}
