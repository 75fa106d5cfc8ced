"""An emulator of AWS Backup's vaults, plans and selections, per region, driven by botocore's model: moto has the first
two in part. awsemu.py mounts it instead of moto. Requests are validated and answers checked as in drs_emulator.py; nothing
is ever backed up.
"""
from __future__ import annotations

import json
import re
import threading
import time
import uuid
from copy import deepcopy
from typing import Any

from wirecheck import RawRequest, check_request, check_value, model_of, parse_scope

Json = dict[str, Any]
#: What AWS fills in where a rule leaves it out.
RULE = {"ScheduleExpression": "cron(0 5 ? * * *)", "StartWindowMinutes": 480, "CompletionWindowMinutes": 10080, "ScheduleExpressionTimezone": "Etc/UTC", "EnableContinuousBackup": False}


class BackupError(Exception):
    """An error of the model: its shape name and a message."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name, self.message = name, message


class BackupEmulator:
    """All regions of one account."""

    def __init__(self, account: str = "123456789012") -> None:
        self.account, self.lock = account, threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.vaults: dict[tuple[str, str], Json] = {}
        self.plans: dict[tuple[str, str], Json] = {}
        self.selections: dict[tuple[str, str, str], Json] = {}
        self.tags: dict[str, Json] = {}

    def handle(self, req: RawRequest) -> tuple[int, dict[str, str], bytes]:
        """Answer a raw request."""
        scope, checked = parse_scope(req.headers.get("authorization", "")), check_request("backup", req)
        if not checked.operation or not scope:
            return self._error(404, "UnknownOperationException", f"{req.method} {req.path}")
        op = model_of("backup").operation_model(checked.operation)
        method = getattr(self, "op_" + op.name, None)
        if method is None:
            return self._error(501, "NotImplemented", f"{op.name} is not emulated")
        bad = [v for v in checked.violations if "unknown header" not in v]
        try:
            if bad:
                raise BackupError("InvalidParameterValueException", "; ".join(bad))
            with self.lock:
                result = deepcopy(method(scope.region, checked.params) or {})
        except BackupError as exc:
            shape = next((e for e in model_of("backup").error_shapes if e.name == exc.name), None)
            return self._error(shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 400, exc.name, exc.message)
        status = op.http.get("responseCode", 200)
        if op.output_shape is None:
            return status, {"Content-Type": "application/json"}, b""
        body = {k: v for k, v in result.items() if k in op.output_shape.members}
        wrong: list[str] = []
        check_value(op.output_shape, body, "", wrong)
        if wrong:
            return self._error(500, "ServiceUnavailableException", f"emulator answered against the model: {wrong}")
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()

    @staticmethod
    def _error(status: int, name: str, message: str) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/json", "X-Amzn-Errortype": name}, json.dumps({"Code": name, "Message": message}).encode()

    def _arn(self, region: str, kind: str, ident: str) -> str:
        return f"arn:aws:backup:{region}:{self.account}:{kind}:{ident}"

    # ------------------------------------------------------------ vaults
    def _vault(self, region: str, name: str) -> Json:
        if (region, name) not in self.vaults:
            raise BackupError("ResourceNotFoundException", f"Backup vault {name} not found")
        return self.vaults[region, name]

    def op_CreateBackupVault(self, region: str, p: Json) -> Json:
        name = p["BackupVaultName"]
        if (region, name) in self.vaults:
            raise BackupError("AlreadyExistsException", "Backup vault with the same name already exists")
        arn = self._arn(region, "backup-vault", name)
        key = p.get("EncryptionKeyArn") or f"arn:aws:kms:{region}:{self.account}:key/{uuid.uuid5(uuid.NAMESPACE_URL, region)}"
        self.vaults[region, name] = {"BackupVaultName": name, "BackupVaultArn": arn, "CreationDate": time.time(), "EncryptionKeyArn": key, "VaultType": "BACKUP_VAULT", "VaultState": "AVAILABLE",
                                     "NumberOfRecoveryPoints": 0, "Locked": False, **({"CreatorRequestId": p["CreatorRequestId"]} if p.get("CreatorRequestId") else {})}
        self.tags[arn] = dict(p.get("BackupVaultTags") or {})
        return self.vaults[region, name]

    def op_DescribeBackupVault(self, region: str, p: Json) -> Json:
        if (region, p["BackupVaultName"]) not in self.vaults:  # as for a vault of another account
            raise BackupError("AccessDeniedException", "Insufficient privileges to perform this action.")
        return self.vaults[region, p["BackupVaultName"]]

    def op_ListBackupVaults(self, region: str, p: Json) -> Json:
        return {"BackupVaultList": [{k: v for k, v in x.items() if not k.startswith("_")} for (r, _), x in self.vaults.items() if r == region]}

    def op_DeleteBackupVault(self, region: str, p: Json) -> None:
        vault = self._vault(region, p["BackupVaultName"])
        if any(rule["TargetBackupVaultName"] == vault["BackupVaultName"] and plan.get("_running") for (r, _), plan in self.plans.items() if r == region for rule in plan["BackupPlan"]["Rules"]):
            raise BackupError("InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points.")
        self.tags.pop(self.vaults.pop((region, p["BackupVaultName"]))["BackupVaultArn"], None)

    def op_PutBackupVaultAccessPolicy(self, region: str, p: Json) -> None:
        vault = self._vault(region, p["BackupVaultName"])
        try:
            json.loads(p["Policy"])
        except (KeyError, ValueError):
            raise BackupError("InvalidParameterValueException", "Policy is not valid JSON") from None
        vault["_policy"] = p["Policy"]

    def op_GetBackupVaultAccessPolicy(self, region: str, p: Json) -> Json:
        vault = self._vault(region, p["BackupVaultName"])
        if "_policy" not in vault:
            raise BackupError("ResourceNotFoundException", "Policy is not attached to the vault")
        return vault | {"Policy": vault["_policy"]}

    def op_DeleteBackupVaultAccessPolicy(self, region: str, p: Json) -> None:
        self._vault(region, p["BackupVaultName"]).pop("_policy", None)

    def op_PutBackupVaultNotifications(self, region: str, p: Json) -> None:
        self._vault(region, p["BackupVaultName"])["_notify"] = {k: p[k] for k in ("SNSTopicArn", "BackupVaultEvents")}

    def op_GetBackupVaultNotifications(self, region: str, p: Json) -> Json:
        vault = self._vault(region, p["BackupVaultName"])
        if "_notify" not in vault:
            raise BackupError("ResourceNotFoundException", "Notifications are not configured for the vault")
        return vault | vault["_notify"]

    def op_DeleteBackupVaultNotifications(self, region: str, p: Json) -> None:
        self._vault(region, p["BackupVaultName"]).pop("_notify", None)

    def op_PutBackupVaultLockConfiguration(self, region: str, p: Json) -> None:
        vault, least, most, days = self._vault(region, p["BackupVaultName"]), p.get("MinRetentionDays"), p.get("MaxRetentionDays"), p.get("ChangeableForDays")
        if vault.get("LockDate", time.time() + 1) <= time.time():
            raise BackupError("InvalidRequestException", "Vault lock cannot be changed any more")
        if (least or 1) < 1 or (most or 1) > 36500 or (least and most and least > most) or (days is not None and days < 3):
            raise BackupError("InvalidParameterValueException", "the retention days or ChangeableForDays are out of range")
        for k, v in (("MinRetentionDays", least), ("MaxRetentionDays", most), ("LockDate", time.time() + days * 86400 if days else None)):
            vault.pop(k, None)
            if v is not None:
                vault[k] = v
        vault["Locked"] = True

    def op_DeleteBackupVaultLockConfiguration(self, region: str, p: Json) -> None:
        vault = self._vault(region, p["BackupVaultName"])
        if vault.get("LockDate", time.time() + 1) <= time.time():
            raise BackupError("InvalidRequestException", "Vault lock cannot be removed any more")
        for k in ("MinRetentionDays", "MaxRetentionDays", "LockDate"):
            vault.pop(k, None)
        vault["Locked"] = False

    # ------------------------------------------------------------ plans
    def _plan(self, region: str, ident: str) -> Json:
        if (region, ident) not in self.plans:
            raise BackupError("ResourceNotFoundException", f"Cannot find Backup plan with ID {ident}")
        return self.plans[region, ident]

    def _filled(self, region: str, plan: Json) -> Json:
        plan = deepcopy(plan)
        for rule in plan["Rules"]:
            self._vault(region, rule["TargetBackupVaultName"])
            for life in (rule.get("Lifecycle"), *(c.get("Lifecycle") for c in rule.get("CopyActions") or [])):
                if life and "MoveToColdStorageAfterDays" in life and life.get("DeleteAfterDays", 36500) < life["MoveToColdStorageAfterDays"] + 90:
                    raise BackupError("InvalidParameterValueException", "DeleteAfterDays must be at least 90 days after MoveToColdStorageAfterDays")
            for copy in rule.get("CopyActions") or []:
                if not re.fullmatch(r"arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}", copy["DestinationBackupVaultArn"]):
                    raise BackupError("InvalidParameterValueException", f"{copy['DestinationBackupVaultArn']} is not the ARN of a vault")
            rule.update({k: v for k, v in RULE.items() if k not in rule} | {"RuleId": str(uuid.uuid4())})
        return plan

    def op_CreateBackupPlan(self, region: str, p: Json) -> Json:
        known = next((x for (r, _), x in self.plans.items() if r == region and p.get("CreatorRequestId") and x.get("CreatorRequestId") == p["CreatorRequestId"]), None)
        if known:
            return known
        ident = str(uuid.uuid4())
        arn = self._arn(region, "backup-plan", ident)
        self.plans[region, ident] = {"BackupPlanId": ident, "BackupPlanArn": arn, "VersionId": uuid.uuid4().hex, "CreationDate": time.time(), "BackupPlan": self._filled(region, p["BackupPlan"]),
                                     **({"CreatorRequestId": p["CreatorRequestId"]} if p.get("CreatorRequestId") else {})}
        self.tags[arn] = dict(p.get("BackupPlanTags") or {})
        return self.plans[region, ident]

    def op_GetBackupPlan(self, region: str, p: Json) -> Json:
        return self._plan(region, p["BackupPlanId"])

    def op_UpdateBackupPlan(self, region: str, p: Json) -> Json:
        plan = self._plan(region, p["BackupPlanId"])
        plan.update(BackupPlan=self._filled(region, p["BackupPlan"]), VersionId=uuid.uuid4().hex)
        return plan

    def op_ListBackupPlans(self, region: str, p: Json) -> Json:
        return {"BackupPlansList": [{k: v for k, v in x.items() if k != "BackupPlan"} | {"BackupPlanName": x["BackupPlan"]["BackupPlanName"]} for (r, _), x in self.plans.items() if r == region]}

    def op_DeleteBackupPlan(self, region: str, p: Json) -> Json:
        plan = self._plan(region, p["BackupPlanId"])
        if any(k[:2] == (region, p["BackupPlanId"]) for k in self.selections):
            raise BackupError("InvalidRequestException", "Related backup plan selections must be deleted prior to backup plan deletion")
        self.tags.pop(plan["BackupPlanArn"], None)
        return self.plans.pop((region, p["BackupPlanId"])) | {"DeletionDate": time.time()}

    # ------------------------------------------------------------ selections
    def op_CreateBackupSelection(self, region: str, p: Json) -> Json:
        self._plan(region, p["BackupPlanId"])
        mine = {k: x for k, x in self.selections.items() if k[:2] == (region, p["BackupPlanId"])}
        for x in mine.values():
            if p.get("CreatorRequestId") and x.get("CreatorRequestId") == p["CreatorRequestId"]:
                return x
        if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", p["BackupSelection"]["IamRoleArn"]):
            raise BackupError("InvalidParameterValueException", "IamRoleArn is not the ARN of a role")
        ident = str(uuid.uuid4())
        self.selections[region, p["BackupPlanId"], ident] = {"SelectionId": ident, "BackupPlanId": p["BackupPlanId"], "CreationDate": time.time(), "BackupSelection": p["BackupSelection"],
                                                             **({"CreatorRequestId": p["CreatorRequestId"]} if p.get("CreatorRequestId") else {})}
        return self.selections[region, p["BackupPlanId"], ident]

    def _selection(self, region: str, p: Json) -> tuple[str, str, str]:
        key = (region, p["BackupPlanId"], p["SelectionId"])
        if key not in self.selections:
            raise BackupError("ResourceNotFoundException", f"Cannot find selection with ID {p['SelectionId']}")
        return key

    def op_GetBackupSelection(self, region: str, p: Json) -> Json:
        return self.selections[self._selection(region, p)]

    def op_DeleteBackupSelection(self, region: str, p: Json) -> None:
        del self.selections[self._selection(region, p)]

    def op_ListBackupSelections(self, region: str, p: Json) -> Json:
        self._plan(region, p["BackupPlanId"])
        return {"BackupSelectionsList": [{k: v for k, v in x.items() if k != "BackupSelection"} | {k: x["BackupSelection"][k] for k in ("SelectionName", "IamRoleArn")}
                                         for key, x in self.selections.items() if key[:2] == (region, p["BackupPlanId"])]}

    # ------------------------------------------------------------ tags
    def _tagged(self, p: Json) -> Json:
        if p["ResourceArn"] not in self.tags:
            raise BackupError("ResourceNotFoundException", f"{p['ResourceArn']} not found")
        return self.tags[p["ResourceArn"]]

    def op_ListTags(self, region: str, p: Json) -> Json:
        return {"Tags": self._tagged(p)}

    def op_TagResource(self, region: str, p: Json) -> None:
        self._tagged(p).update(p["Tags"])

    def op_UntagResource(self, region: str, p: Json) -> None:
        for key in p["TagKeyList"]:
            self._tagged(p).pop(key, None)
