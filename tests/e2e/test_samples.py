"""Templates as CloudFormation's users write them, with all that drplan did not ask for: metadata of cfn-init, parameters with
patterns, numbers as texts, mappings, conditions, exports. Each through its life, and no plan in between that is not empty."""
from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Drplan

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_life(path: Path, world: Drplan) -> None:
    world.write(path.name, path.read_text())
    world.run("validate", path.name)
    world.apply(path.name)
    world.clean(path.name)
    world.destroy(path.name)
    assert world.state() == {}
