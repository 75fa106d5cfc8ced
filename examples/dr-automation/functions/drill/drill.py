"""The monthly drill: every server is launched from its newest point in time as a drill, looked at, and removed again.

Launching takes longer than a function may run, so the function hands over to its next invocation shortly before its
time is over. Whatever happens, the drill's instances are terminated: by the round that finds the job ended, or by the
one that gives up. Event: {} from the schedule, {"Jobs": [...], "Round": n} from itself.
"""
import json
import os
import time

import boto3

PROJECT = os.environ["PROJECT"]
ROUNDS = 4                                 # of fifteen minutes each, then it is given up
SERVERS_A_CALL = 200                       # StartRecovery's limit
MARGIN_MS = 90_000                         # what handing over or cleaning up may take


def servers(drs):
    for page in drs.get_paginator("describe_source_servers").paginate():
        for server in page["items"]:
            if server.get("tags", {}).get("Project") == PROJECT:
                yield server["sourceServerID"]


def start(drs):
    ids = sorted(servers(drs))
    return [drs.start_recovery(sourceServers=[{"sourceServerID": i} for i in ids[at:at + SERVERS_A_CALL]], isDrill=True,
                               tags={"Project": PROJECT, "Purpose": "Drill"})["job"]["jobID"]
            for at in range(0, len(ids), SERVERS_A_CALL)]


def finished(drs, jobs):
    pages = drs.get_paginator("describe_jobs").paginate(filters={"jobIDs": jobs})
    return [job for page in pages for job in page["items"] if job["status"] == "COMPLETED"]


def wait(drs, jobs, context):
    while context.get_remaining_time_in_millis() > MARGIN_MS:
        done = finished(drs, jobs)
        if len(done) == len(jobs):
            return done
        time.sleep(20)
    return None


def clean(drs):
    """Drill instances of this project; one that is being terminated already is skipped by the service."""
    ids = [i["recoveryInstanceID"]
           for page in drs.get_paginator("describe_recovery_instances").paginate()
           for i in page["items"] if i.get("isDrill") and i.get("tags", {}).get("Project") == PROJECT]
    if ids:
        drs.terminate_recovery_instances(recoveryInstanceIDs=ids)
    return ids


def launched(jobs):
    """{server: LAUNCHED, FAILED, ...} of all jobs"""
    return {s["sourceServerID"]: s.get("launchStatus", "unknown") for j in jobs for s in j.get("participatingServers", [])}


def report(result):
    text = json.dumps(result, indent=1, default=str)
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Subject=f"{PROJECT} - drill {result['outcome']}", Message=text)
    return result


def handler(event, context):
    drs = boto3.client("drs")
    at, jobs = event.get("Round", 1), event.get("Jobs")
    try:
        jobs = jobs or start(drs)
        if not jobs:
            return report({"outcome": "failed", "why": "there is no source server"})
        done = wait(drs, jobs, context)
    except Exception:
        clean(drs)
        raise
    if done is None and at < ROUNDS:
        boto3.client("lambda").invoke(FunctionName=context.invoked_function_arn, InvocationType="Event",
                                      Payload=json.dumps({"Jobs": jobs, "Round": at + 1}))
        return {"outcome": "running", "jobs": jobs, "round": at}
    servers_launched = launched(done or [])
    good = done is not None and all(s == "LAUNCHED" for s in servers_launched.values())
    return report({"outcome": "passed" if good else "failed", "servers": servers_launched, "removed": clean(drs)})
