"""Corrections to moto (see motofix.py): the interpreter of state machines. Expressions in JSONata are evaluated, calls of AWS
go over the wire to this emulator like anybody's (so that they are validated, logged and reach DRS), and members have the
names that Step Functions documents: those of AWS's SDK for Java, capitalised."""
from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.moto_api._internal import mock_random
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from motofix import replaces

Json = dict[str, Any]

#: Services whose name in resources differs from botocore's.
SERVICES = {"elasticloadbalancingv2": "elbv2", "elasticloadbalancing": "elb", "sfn": "stepfunctions"}


def member_name(name: str) -> str:
    """As the SDK for Java's accessor, capitalised: the first run of capitals is one word."""
    low = name[0].lower()
    i = 1
    while i < len(name) and name[i].isupper() and not (i + 1 < len(name) and name[i + 1].islower()):
        low += name[i].lower()
        i += 1
    low += name[i:]
    return low[0].upper() + low[1:]


# ------------------------------------------------------------------ JSONata
def _evaluate(expression: str) -> Any:
    from jsonata import Jsonata

    try:
        return json.loads(json.dumps(Jsonata(expression).evaluate(None)))
    except Exception as exc:  # noqa: BLE001 - the interpreter makes it the state's error
        raise jsonata.JSONataException("UNKNOWN", f"{exc} in {expression[-400:]}") from exc


jsonata._eval_jsonata = _evaluate


def _declare(bindings: dict[str, Any]) -> str:
    """Texts are quoted as JSON has it: moto's own break at the first quotation mark."""
    return "".join(f"{name}:={json.dumps(value, default=str)};" for name, value in bindings.items())


for module in (jsonata, states, variable_store):
    module.encode_jsonata_variable_declarations = _declare


@replaces(StepFunctionsParserBackend, "start_execution")
def start_execution(original: Any, self: StepFunctionsParserBackend, state_machine_arn: str, name: str | None = None, *args: Any, **kw: Any) -> Any:
    """An execution that is started without a name gets one."""
    return original(self, state_machine_arn, name or str(mock_random.uuid4()), *args, **kw)


# ------------------------------------------------------------------ calls
def _client(region: str, service: str, state_credentials: Any = None) -> Any:
    return boto3.client(SERVICES.get(service, service), region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing-secret",
                        endpoint_url=f"http://127.0.0.1:{os.environ['MOTO_PORT']}",
                        config=Config(parameter_validation=False, retries={"max_attempts": 0}))


sdk.boto_client_for = _client
lambda_eval_utils.boto_client_for = _client


class UnknownMember(ValueError):
    pass


def _request(value: Any, shape: Shape, path: str = "") -> Any:
    """Under the API's names; a member that has none is refused, as Step Functions does when the machine is made."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = {member_name(n): n for n in shape.members}
        for key in value:
            if key not in known:
                raise UnknownMember(f"The field {key!r} is not supported by Step Functions at {path or '/'}")
        return {known[k]: _request(v, shape.members[known[k]], f"{path}/{k}") for k, v in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_request(v, shape.member, path) for v in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {k: _request(v, shape.value, f"{path}/{k}") for k, v in value.items()}
    return value


def _response(value: Any, shape: Shape | None) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {member_name(k): _response(v, shape.members[k]) for k, v in value.items() if k in shape.members}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_response(v, shape.member) for v in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {k: _response(v, shape.value) for k, v in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return value


@replaces(sdk.StateTaskServiceAwsSdk, "_eval_service_task")
def eval_service_task(original: Any, self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Json, state_credentials: Any) -> None:
    client = _client(resource_runtime_part.region, self.resource.api_name)
    action = self.resource.api_action
    operation = action[0].upper() + action[1:]
    if operation not in client.meta.service_model.operation_names:
        raise UnknownMember(f"there is no operation {operation} of {self.resource.api_name}")
    model = client.meta.service_model.operation_model(operation)
    parameters = _request(normalised_parameters, model.input_shape) if model.input_shape else {}
    try:
        answer = getattr(client, xform_name(operation))(**parameters)
    except ClientError as exc:
        exc.response["ResponseMetadata"].setdefault("RequestId", "none")
        raise
    answer.pop("ResponseMetadata", None)
    env.stack.append(_response(answer, model.output_shape))
