"""Corrections to moto (see motofix.py): what a look before a failover asks: simulated policies, versions and classes of databases."""
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse
from moto.rds.models import rds_backends
from moto.rds.responses import RDSResponse

from motofix import replaces

Json = dict[str, Any]
#: What RDS offers of Aurora MySQL beside the versions that clusters have: as its release notes say, not all of them.
VERSIONS = {"aurora-mysql": ("5.7.mysql_aurora.2.11.5", "8.0.mysql_aurora.3.04.2", "8.0.mysql_aurora.3.05.2", "8.0.mysql_aurora.3.08.0")}
CLASSES = ("db.r5.large", "db.r5.xlarge", "db.r6g.large", "db.r6g.xlarge", "db.t3.medium", "db.t4g.medium", "db.serverless")


def policies_of(iam: IAMBackend, arn: str) -> list[IAMPolicy]:
    """Policies of a user, with those of its groups, or of a role."""
    kind, name = arn.split(":")[5].split("/", 1)[0], arn.rsplit("/", 1)[-1]
    if kind == "user":
        user = iam.get_user(name)
        found: list[Any] = [iam.get_user_policy(name, p) for p in iam.list_user_policies(name)] + list(user.managed_policies.values())
        for group in iam.get_groups_for_user(name):
            found += [iam.get_group_policy(group.name, p) for p in iam.list_group_policies(group.name)] + list(group.managed_policies.values())
    elif kind == "role":
        role = iam.get_role(name)
        found = list(role.policies.values()) + list(role.managed_policies.values())
    else:
        raise NotFoundException(f"Entity {arn} is neither a user nor a role")
    return [IAMPolicy(p) for p in found]


@replaces(IamResponse, "simulate_principal_policy")
def simulate_principal_policy(original: Any, self: IamResponse) -> ActionResult:
    """Each action with the principal's own policies: a denial wins, what nobody allows is denied too. Conditions have no values, and
    resources are all of them unless they are named."""
    policies = policies_of(self.backend, self._get_param("PolicySourceArn"))
    resources = self._get_param("ResourceArns") or ["*"]
    results = []
    for action in self._get_param("ActionNames"):
        for resource in resources:
            said = [p.is_action_permitted(action, resource) for p in policies]
            decision = "explicitDeny" if PermissionResult.DENIED in said else "allowed" if PermissionResult.PERMITTED in said else "implicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision, "MatchedStatements": [], "MissingContextValues": []})
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def offered(engine: str) -> set[str]:
    """A version that a cluster was made with was offered then, everywhere."""
    return set(VERSIONS.get(engine, ())) | {c.engine_version for regions in rds_backends.values() for b in regions.values() for c in b.clusters.values() if c.engine == engine}


@replaces(RDSResponse, "describe_db_engine_versions")
def describe_db_engine_versions(original: Any, self: RDSResponse) -> ActionResult:
    engine, version = self.params.get("Engine"), self.params.get("EngineVersion")
    names = [v for v in sorted(offered(engine)) if not version or v == version]
    return ActionResult({"DBEngineVersions": [{"Engine": engine, "EngineVersion": v, "Status": "available"} for v in names]})


@replaces(RDSResponse, "describe_orderable_db_instance_options")
def describe_orderable_db_instance_options(original: Any, self: RDSResponse) -> ActionResult:
    """moto has a table for two engines only, and does not look at the class."""
    engine, version, kind = (self.params.get(k) for k in ("Engine", "EngineVersion", "DBInstanceClass"))
    options = ([{"Engine": engine, "EngineVersion": v, "DBInstanceClass": c} for v in sorted(offered(engine)) if not version or v == version for c in CLASSES] if engine in VERSIONS else
               self.backend.describe_orderable_db_instance_options(engine, version))
    return ActionResult({"OrderableDBInstanceOptions": [o for o in options if not kind or o["DBInstanceClass"] == kind]})
