"""The matrix of IAM, KMS, Secrets Manager and Systems Manager: cases as in matrix.py, and what boto3 sees of each type."""
from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import matrix
from botocore.exceptions import ClientError
from conftest import REGION, Emulator, att, ref, res
from live import READERS, reader
from matrix import Case, cases

Json = dict[str, Any]
OTHER = "us-east-1"
TAGS = matrix.TAGS


def allow(action: Any, resource: Any = "*", **more: Any) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


def trust(service: Any) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}


ROOT = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
matrix.CONTEXT |= {
    "RoleA": res("AWS::IAM::Role", RoleName="matrix-role-a", AssumeRolePolicyDocument=trust("ec2.amazonaws.com")),
    "RoleB": res("AWS::IAM::Role", RoleName="matrix-role-b", AssumeRolePolicyDocument=trust("ec2.amazonaws.com")),
    "PolicyA": res("AWS::IAM::ManagedPolicy", ManagedPolicyName="matrix-policy-a", PolicyDocument=allow("s3:GetObject")),
    "PolicyB": res("AWS::IAM::ManagedPolicy", ManagedPolicyName="matrix-policy-b", PolicyDocument=allow("s3:PutObject")),
    "KeyA": res("AWS::KMS::Key", Description="a"),
    "KeyB": res("AWS::KMS::Key", Description="b"),
    "SecretA": res("AWS::SecretsManager::Secret", Name="matrix/a"),
    "SecretB": res("AWS::SecretsManager::Secret", Name="matrix/b"),
}
ROLE = {"RoleName": "matrix-role", "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"), "Tags": TAGS}
INLINE = [{"PolicyName": "one", "PolicyDocument": allow("s3:GetObject")}, {"PolicyName": "two", "PolicyDocument": allow(["s3:PutObject"])}]
MANAGED = {"ManagedPolicyName": "matrix-managed", "PolicyDocument": allow("s3:GetObject")}
SECRET = {"Name": "matrix/secret", "Description": "one", "Tags": TAGS}
GENERATED = {"SecretStringTemplate": '{"username":"app"}', "GenerateStringKey": "password", "PasswordLength": 20, "ExcludePunctuation": True}
PARAMETER = {"Name": "/matrix/parameter", "Type": "String", "Value": "one", "Tags": {"Name": "one"}}
CONTENT = {"schemaVersion": "2.2", "description": "one", "mainSteps": [{"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": ["true"]}}]}
DOCUMENT = {"Name": "matrix-document", "DocumentType": "Command", "Content": CONTENT, "Tags": TAGS}

CASES: list[Case] = [
    *cases("AWS::IAM::Role", ROLE,
           {"RoleName": "matrix-other", "Path": ("/two/", {"Path": "/one/"}), "Description": ("two", {"Description": "one"}), "MaxSessionDuration": (7200, {"MaxSessionDuration": 3600}),
            "PermissionsBoundary": (ref("PolicyB"), {"PermissionsBoundary": ref("PolicyA")}), "ManagedPolicyArns": ([ref("PolicyB")], {"ManagedPolicyArns": [ref("PolicyA")]}),
            "AssumeRolePolicyDocument": trust(["lambda.amazonaws.com", "states.amazonaws.com"]), "Tags": [{"Key": "Name", "Value": "two"}],
            "Policies": ([INLINE[0] | {"PolicyDocument": allow("s3:ListBucket")}, {"PolicyName": "three", "PolicyDocument": allow("sqs:*")}], {"Policies": INLINE})}),
    *cases("AWS::IAM::RolePolicy", {"RoleName": ref("RoleA"), "PolicyName": "one", "PolicyDocument": allow("s3:GetObject")},
           {"RoleName": ref("RoleB"), "PolicyName": "two", "PolicyDocument": allow("s3:PutObject")}),
    *cases("AWS::IAM::ManagedPolicy", MANAGED,
           {"ManagedPolicyName": "matrix-other", "Path": ("/two/", {"Path": "/one/"}), "Description": ("two", {"Description": "one"}), "PolicyDocument": allow("s3:PutObject"),
            "Roles": ([ref("RoleB")], {"Roles": [ref("RoleA")]})}),
    *cases("AWS::IAM::InstanceProfile", {"InstanceProfileName": "matrix-profile", "Roles": [ref("RoleA")]},
           {"InstanceProfileName": "matrix-other", "Path": ("/two/", {"Path": "/one/"}), "Roles": [ref("RoleB")]}),
    *cases("AWS::IAM::ServiceLinkedRole", {"AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": "one", "Description": "one"},
           {"AWSServiceName": "lambda.amazonaws.com", "CustomSuffix": "two", "Description": "two"}),
    *cases("AWS::KMS::Key", {"Description": "one", "Tags": TAGS},
           {"Description": "two", "Enabled": (False, {"Enabled": True}), "EnableKeyRotation": (True, {"EnableKeyRotation": False}), "MultiRegion": (True, {"MultiRegion": False}),
            "RotationPeriodInDays": (200, {"EnableKeyRotation": True, "RotationPeriodInDays": 100}), "KeySpec": ("RSA_3072", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
            "KeyUsage": ("ENCRYPT_DECRYPT", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}), "Tags": [{"Key": "Stage", "Value": "two"}],
            "KeyPolicy": (allow("kms:*", Principal=ROOT, Sid="two"), {"KeyPolicy": allow("kms:*", Principal=ROOT, Sid="one")}),
            "PendingWindowInDays": (9, {"PendingWindowInDays": 8})}),
    *cases("AWS::KMS::Alias", {"AliasName": "alias/matrix-one", "TargetKeyId": ref("KeyA")}, {"AliasName": "alias/matrix-two", "TargetKeyId": ref("KeyB")}),
    *cases("AWS::SecretsManager::Secret", SECRET,
           {"Name": "matrix/other", "Description": "two", "KmsKeyId": (att("KeyB", "Arn"), {"KmsKeyId": att("KeyA", "Arn")}), "SecretString": ("two-of-two", {"SecretString": "one-of-two"}),
            "ReplicaRegions": ([{"Region": "eu-west-1"}], {"ReplicaRegions": [{"Region": OTHER}]}), "Tags": [{"Key": "Stage", "Value": "two"}],
            "GenerateSecretString": (GENERATED | {"PasswordLength": 30}, {"GenerateSecretString": GENERATED})}),
    *cases("AWS::SecretsManager::ResourcePolicy", {"SecretId": ref("SecretA"), "ResourcePolicy": allow("secretsmanager:GetSecretValue", Principal=ROOT)},
           {"SecretId": ref("SecretB"), "ResourcePolicy": allow("secretsmanager:*", Principal=ROOT), "BlockPublicPolicy": (False, {"BlockPublicPolicy": True})}),
    *cases("AWS::SSM::Parameter", PARAMETER,
           {"Name": "/matrix/other", "Value": "two", "Description": ("two", {"Description": "one"}), "Type": ("StringList", {"Value": "a"}), "Tier": ("Advanced", {"Tier": "Standard"}),
            "AllowedPattern": ("^o.*$", {"AllowedPattern": "^.*$"}), "DataType": ("aws:ec2:image", {"Value": "ami-12c6146b", "DataType": "text"}), "Tags": {"Name": "two", "More": "m"},
            "Policies": ('[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"30","Unit":"Days"}}]',
                         {"Tier": "Advanced", "Policies": '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}]'})}),
    *cases("AWS::SSM::Document", DOCUMENT,
           {"Name": "matrix-other", "Content": CONTENT | {"description": "two"}, "VersionName": ("two", {"VersionName": "one"}), "TargetType": ("/AWS::S3::Bucket", {"TargetType": "/AWS::EC2::Instance"}),
            "Tags": [{"Key": "Name", "Value": "two"}]}),
]

#: Removed: AWS's default comes back.
REMOVALS: list[Case] = [
    *(Case("AWS::IAM::Role", prop, ROLE | {prop: value}, None, "update") for prop, value in
      {"Description": "one", "MaxSessionDuration": 7200, "PermissionsBoundary": ref("PolicyA"), "ManagedPolicyArns": [ref("PolicyA")], "Policies": INLINE, "Tags": TAGS}.items()),
    Case("AWS::IAM::ManagedPolicy", "Roles", MANAGED | {"Roles": [ref("RoleA")]}, None, "update"),
    Case("AWS::IAM::ServiceLinkedRole", "Description", {"AWSServiceName": "autoscaling.amazonaws.com", "Description": "one"}, None, "update"),
    *(Case("AWS::KMS::Key", prop, {"Enabled": True, prop: value}, None, "update") for prop, value in
      {"Description": "one", "Enabled": False, "EnableKeyRotation": True, "Tags": TAGS}.items()),
    *(Case("AWS::SecretsManager::Secret", prop, SECRET | {prop: value}, None, "update") for prop, value in
      {"Description": "one", "ReplicaRegions": [{"Region": OTHER}], "Tags": TAGS}.items()),
    *(Case("AWS::SSM::Parameter", prop, PARAMETER | {prop: value}, None, "update") for prop, value in {"Description": "one", "Tags": {"Name": "one"}}.items()),
    Case("AWS::SSM::Document", "Tags", DOCUMENT, None, "update"),
]


def document(value: Any) -> Any:
    return json.loads(unquote(value)) if isinstance(value, str) else value


def quiet(call: Any, **kw: Any) -> Any:
    """The answer, or None where there is no such thing."""
    try:
        return call(**kw)
    except ClientError as exc:
        if exc.response["Error"]["Code"] in ("NoSuchEntity", "NotFoundException", "ResourceNotFoundException", "ParameterNotFound", "InvalidDocument"):
            return None
        raise


def iam(e: Emulator) -> Any:
    return e.client("iam", OTHER)


@reader("AWS::IAM::Role")
def role(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(iam(e).get_role, RoleName=ident)
    if not got:
        return None
    inline = [iam(e).get_role_policy(RoleName=ident, PolicyName=n) for n in iam(e).list_role_policies(RoleName=ident)["PolicyNames"]]
    return got["Role"] | {"Policies": [{"PolicyName": p["PolicyName"], "PolicyDocument": document(p["PolicyDocument"])} for p in inline],
                          "ManagedPolicyArns": [p["PolicyArn"] for p in iam(e).list_attached_role_policies(RoleName=ident)["AttachedPolicies"]],
                          "PermissionsBoundary": got["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
                          "AssumeRolePolicyDocument": document(got["Role"]["AssumeRolePolicyDocument"])}


@reader("AWS::IAM::RolePolicy")
def role_policy(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(iam(e).get_role_policy, RoleName=props["RoleName"], PolicyName=props["PolicyName"])
    return got and got | {"PolicyDocument": document(got["PolicyDocument"])}


@reader("AWS::IAM::ManagedPolicy")
def managed_policy(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(iam(e).get_policy, PolicyArn=ident)
    if not got:
        return None
    p = got["Policy"]
    version = iam(e).get_policy_version(PolicyArn=ident, VersionId=p["DefaultVersionId"])["PolicyVersion"]
    roles = iam(e).list_entities_for_policy(PolicyArn=ident)["PolicyRoles"]
    return p | {"ManagedPolicyName": p["PolicyName"], "PolicyDocument": document(version["Document"]), "Roles": [r["RoleName"] for r in roles]}


@reader("AWS::IAM::InstanceProfile")
def instance_profile(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(iam(e).get_instance_profile, InstanceProfileName=ident)
    return got and got["InstanceProfile"] | {"Roles": [r["RoleName"] for r in got["InstanceProfile"]["Roles"]]}


@reader("AWS::IAM::ServiceLinkedRole")
def service_linked_role(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(iam(e).get_role, RoleName=ident)
    return got and got["Role"] | {k: props.get(k) for k in ("AWSServiceName", "CustomSuffix")}


@reader("AWS::KMS::Key")
def key(e: Emulator, ident: str, props: Json) -> Json | None:
    kms = e.client("kms")
    got = quiet(kms.describe_key, KeyId=ident)
    if not got or got["KeyMetadata"]["KeyState"] == "PendingDeletion":
        return None
    rotation = kms.get_key_rotation_status(KeyId=ident) if got["KeyMetadata"]["KeySpec"] == "SYMMETRIC_DEFAULT" else {}
    return got["KeyMetadata"] | {"KeyPolicy": document(kms.get_key_policy(KeyId=ident, PolicyName="default")["Policy"]), "EnableKeyRotation": rotation.get("KeyRotationEnabled"),
                                 "RotationPeriodInDays": rotation.get("RotationPeriodInDays"), "PendingWindowInDays": props.get("PendingWindowInDays"),
                                 "Tags": [{"Key": t["TagKey"], "Value": t["TagValue"]} for t in kms.list_resource_tags(KeyId=ident)["Tags"]]}


@reader("AWS::KMS::Alias")
def alias(e: Emulator, ident: str, props: Json) -> Json | None:
    return next((a for a in e.client("kms").list_aliases()["Aliases"] if a["AliasName"] == ident), None)


@reader("AWS::SecretsManager::Secret")
def secret(e: Emulator, ident: str, props: Json) -> Json | None:
    service = e.client("secretsmanager")
    got = quiet(service.describe_secret, SecretId=ident)
    if not got or "DeletedDate" in got:
        return None
    value = (quiet(service.get_secret_value, SecretId=ident) or {}).get("SecretString")
    wanted = props.get("GenerateSecretString")
    if wanted:
        made = json.loads(value)
        assert made["username"] == "app" and len(made["password"]) == int(wanted["PasswordLength"])
    return got | {"SecretString": value, "GenerateSecretString": wanted, "ReplicaRegions": [{"Region": r["Region"]} for r in got.get("ReplicationStatus", [])]}


@reader("AWS::SecretsManager::ResourcePolicy")
def secret_policy(e: Emulator, ident: str, props: Json) -> Json | None:
    got = quiet(e.client("secretsmanager").get_resource_policy, SecretId=props["SecretId"])
    return got and got.get("ResourcePolicy") and {"SecretId": got["ARN"], "ResourcePolicy": document(got["ResourcePolicy"]), "BlockPublicPolicy": props.get("BlockPublicPolicy")}


@reader("AWS::SSM::Parameter")
def parameter(e: Emulator, ident: str, props: Json) -> Json | None:
    ssm = e.client("ssm")
    got = quiet(ssm.get_parameter, Name=ident)
    if not got:
        return None
    about = next(p for p in ssm.describe_parameters()["Parameters"] if p["Name"] == ident)
    tags = {t["Key"]: t["Value"] for t in ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=ident)["TagList"] if not t["Key"].startswith("drplan:")}
    return about | got["Parameter"] | {"Policies": props.get("Policies"), "TagMap": tags}


@reader("AWS::SSM::Document")
def ssm_document(e: Emulator, ident: str, props: Json) -> Json | None:
    ssm = e.client("ssm")
    got = quiet(ssm.describe_document, Name=ident)
    return got and got["Document"] | {"Content": document(ssm.get_document(Name=ident)["Content"]),
                                      "Tags": ssm.list_tags_for_resource(ResourceType="Document", ResourceId=ident)["TagList"]}


#: The types of this family: matrix.py's own test of completeness does not know them.
KINDS = {c.kind for c in CASES}
OWN = {kind: READERS.pop(kind) for kind in KINDS}


def leftovers(e: Emulator) -> list[str]:
    """What is there after everything was destroyed; keys wait for their deletion, secrets in their recovery window."""
    found = [r["RoleName"] for r in iam(e).list_roles()["Roles"]] + [p["Arn"] for p in iam(e).list_policies(Scope="Local")["Policies"]]
    found += [p["Arn"] for p in iam(e).list_instance_profiles()["InstanceProfiles"]]
    for region in (REGION, OTHER):
        kms = e.client("kms", region)
        states = {k["KeyId"]: kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in kms.list_keys()["Keys"]}
        found += [k for k, m in states.items() if m["KeyState"] != "PendingDeletion" and m["KeyManager"] == "CUSTOMER"]
        found += [a["AliasName"] for a in kms.list_aliases()["Aliases"] if not a["AliasName"].startswith("alias/aws/")]
        found += [s["ARN"] for s in e.client("secretsmanager", region).list_secrets()["SecretList"]]
        found += [p["Name"] for p in e.client("ssm", region).describe_parameters()["Parameters"]]
        found += [d["Name"] for d in e.client("ssm", region).list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]]
    return found
