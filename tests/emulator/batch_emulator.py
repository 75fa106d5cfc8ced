"""An emulator of S3 Batch Operations, as far as replication of a backlog needs it; awsemu.py mounts it beside moto."""
from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from typing import Any

from moto.s3.models import s3_backends

Json = dict[str, Any]
NS = "http://awss3control.amazonaws.com/doc/2018-08-20/"


class BatchJobs:
    """CreateJob and DescribeJob for S3ReplicateObject with a generated manifest. A token makes one job."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.jobs: dict[str, Json] = {}

    def handle(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        if method == "POST" and path == "/v20180820/jobs":
            return self._create(ET.fromstring(body))
        found = re.fullmatch(r"/v20180820/jobs/([0-9a-f-]+)", path)
        if method == "GET" and found and found[1] in self.jobs:
            return 200, self._describe(self.jobs[found[1]])
        return 404, "<ErrorResponse><Error><Code>NoSuchJob</Code><Message>The specified job does not exist.</Message></Error></ErrorResponse>"

    def _create(self, root: ET.Element) -> tuple[int, str]:
        def text(path: str) -> str:
            return root.findtext("/".join(f"{{{NS}}}{p}" for p in path.split("/"))) or ""
        token = text("ClientRequestToken")
        job = next((j for j in self.jobs.values() if j["token"] == token), None)
        if job is None:
            bucket = s3_backends[self.account]["aws"].buckets.get(text("ManifestGenerator/S3JobManifestGenerator/SourceBucket").rpartition(":")[2])
            prefix = text("ManifestGenerator/S3JobManifestGenerator/Filter/KeyNameConstraint/MatchAnyPrefix/member")
            keys = [k for k in (bucket.keys if bucket else {}) if k.startswith(prefix)]
            job = {"id": str(uuid.uuid4()), "token": token, "keys": len(keys), "states": ["New", "Preparing"] + (["Active", "Complete"] if keys else ["Failed"])}
            self.jobs[job["id"]] = job
        return 200, f'<CreateJobResult xmlns="{NS}"><JobId>{job["id"]}</JobId></CreateJobResult>'

    @staticmethod
    def _describe(job: Json) -> str:
        state = job["states"].pop(0) if len(job["states"]) > 1 else job["states"][0]
        done = job["keys"] if state == "Complete" else 0
        why = "<FailureReasons><member><FailureCode>ManifestGenerationError</FailureCode><FailureReason>Manifest generation found no keys matching the filter criteria.</FailureReason></member></FailureReasons>" if state == "Failed" else ""
        return (f'<DescribeJobResult xmlns="{NS}"><Job><JobId>{job["id"]}</JobId><Status>{state}</Status><ProgressSummary><TotalNumberOfTasks>{job["keys"]}</TotalNumberOfTasks>'
                f'<NumberOfTasksSucceeded>{done}</NumberOfTasksSucceeded><NumberOfTasksFailed>0</NumberOfTasksFailed></ProgressSummary>{why}</Job></DescribeJobResult>')
