"""Import of what somebody else made with boto3, one of each type (foreign.py): nothing of it is drplan's, not even a tag. The
import changes nothing, and the next plan finds nothing to do."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import foreign_network
import foreign_services
import pytest
from conftest import Drplan, Emulator, Json, res, stack
from faultstage import mutating
from foreign import MADE, Hand

#: So many types stand in one stack.
TOGETHER = 12
GROUPS = [list(MADE)[i:i + TOGETHER] for i in range(0, len(MADE), TOGETHER)]


@pytest.mark.parametrize("kinds", GROUPS, ids=lambda kinds: kinds[0].replace("::", "-"))
def test_made_by_somebody_else(kinds: list[str], drplan: Drplan, aws: Emulator) -> None:
    resources: Json = {}
    ids: dict[str, str] = {}
    for i, kind in enumerate(kinds):
        address = kind.replace("::", "")
        props, ids[address] = MADE[kind](Hand(aws.client, f"theirs-{i}"))
        resources[address] = res(kind, **props)
    drplan.write("stack.yaml", stack(**resources))
    drplan.write("ids.yaml", ids)
    mark = aws.mark()
    drplan.run("import", "-from=ids.yaml")
    assert drplan.ids() == ids
    drplan.clean()
    assert not mutating(aws, mark)


def test_each_type_is_made(tmp_path: Path) -> None:
    """But for the files of this machine."""
    types: dict[str, Any] = json.loads(Drplan(tmp_path, None).run("schema", "-json").out)["types"]
    assert foreign_network.MADE is foreign_services.MADE is MADE
    assert set(MADE) == {t for t, facts in types.items() if "import" in facts["abilities"]} - {"DR::Local::File"}
