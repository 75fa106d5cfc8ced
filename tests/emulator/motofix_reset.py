"""Corrections to moto (see motofix.py): a reset costs what was made since the last one. What moto begins with (images with
their snapshots, AWS's own policies) is made once and copied after that, in the partitions that are used."""
from __future__ import annotations

import copy
from typing import Any

import moto.iam.models as iam
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import AccountSpecificBackend, BaseBackend
from moto.ec2.models import EC2Backend

from motofix import replaces

_IMAGES: dict[tuple[str, str], tuple[list[Any], list[Any]]] = {}
_POLICIES: dict[tuple[str, str], list[Any]] = {}


def _fresh(first: Any) -> Any:
    """A copy that shares nothing with the first one that a call could change."""
    one = copy.copy(first)
    for name, value in vars(one).items():
        if isinstance(value, (list, dict, set)):
            setattr(one, name, copy.copy(value))
    return one


@replaces(AccountSpecificBackend, "reset")
def forget(original: Any, self: AccountSpecificBackend) -> None:
    """What is emptied here is dropped by the caller: only services that hold more than memory have something to do. moto's
    caches keep some of the objects themselves, but not what was in them."""
    for backend in self.values():
        if type(backend).reset is not BaseBackend.reset:
            backend.reset()
        vars(backend).clear()
    for refs in (EC2Backend.vpc_refs, EC2Backend.vpc_pcx_refs, EC2Backend.backend_refs) if self.service_name == "ec2" else ():
        refs.clear()
    self.clear()


@replaces(EC2Backend, "_load_amis")
def load_amis(original: Any, self: EC2Backend) -> None:
    key = (self.account_id, self.region_name)
    if key not in _IMAGES:
        original(self)
        _IMAGES[key] = [_fresh(a) for a in self.amis.values()], [_fresh(s) for s in self.snapshots.values()]
        return
    images, snapshots = _IMAGES[key]
    for kind, kept in (self.amis, images), (self.snapshots, snapshots):
        for first in kept:
            kind[first.id] = one = _fresh(first)
            one.ec2_backend = self


@replaces(iam.IAMBackend, "_init_aws_policies")
def init_aws_policies(original: Any, self: iam.IAMBackend) -> list[Any]:
    key = (self.account_id, self.region_name)
    if key not in _POLICIES:
        _POLICIES[key] = original(self)
    return [_fresh(p) for p in _POLICIES[key]]


@replaces(iam, "get_account_id_from")
def get_account_id_from(original: Any, access_key: str) -> str:
    """Looks where something was made; moto makes IAM in every partition to look there."""
    for account_id, account in list(iam.iam_backends.items()):
        if any(access_key in backend.access_keys for backend in list(account.values())):
            return account_id
    return DEFAULT_ACCOUNT_ID
