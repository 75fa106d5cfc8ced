"""Failover, failback and drill of both examples, killed before and after each of their changing calls and before each commit:
--resume brings them to the same end, each effect happened once, and of a drill nothing is left. In full by
`make check-faults`, a seeded sample otherwise."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import examples
import pytest
import test_worst_day as webapp_day
import test_worst_day_servers as servers_day
from attempts import Base, attempt_all
from conftest import Drplan, Emulator, Json
from faultstage import READS
from killing import Killing, killer  # noqa: F401 - a fixture
from test_worst_day import application, webapp  # noqa: F401 - fixtures
from test_worst_day_servers import automation  # noqa: F401 - a fixture

YES = ("-auto-approve", "--approve=go", "--approve=quiesced", "--approve=lost-writes-reconciled")
#: beginnings of what may be done twice without a second effect
AGAIN = ("Put", "Set", "Update", "Modify", "Change", "CreateTags", "DeleteTags", "Tag", "Untag", "Enable", "Disable", "Add", "Remove", "Attach", "Detach",
         "Register", "Deregister", "Stop", "Terminate", "Delete")
Check = Callable[[Emulator], None]


def effects(aws: Emulator, since: int) -> Counter[str]:
    """How often was carried out what must be carried out once."""
    done = [e for e in aws.log(since) if not e["operation"].startswith(READS + AGAIN) and e.get("fault") != "hold-before" and e.get("status", 0) < 300]
    return Counter(e["operation"] for e in done if "replayed" not in e)


@dataclass
class Story:
    """A command in a world that is ready for it, and what must hold at its end."""
    example: examples.Example
    command: tuple[str, ...]
    ended: Check


def of_webapp(example: examples.Example, drplan: Drplan, aws: Emulator, book: str) -> Story:
    example.apply()
    example.replicate()
    if book == "failover":
        return Story(example, (book, "--planned", *YES), webapp_day.production_in_dr)
    if book == "failback":
        drplan.run("failover", "--planned", *YES, timeout=300)
        example.replicate()
        return Story(example, (book, *YES), webapp_day.production_in_primary)
    return Story(example, (book, *YES), nothing_more(aws))


def of_servers(example: examples.Example, drplan: Drplan, aws: Emulator, book: str) -> Story:
    example.apply()
    tiers = servers_day.install_agents(aws)
    if book == "drill":
        return Story(example, (book, *YES), nothing_more(aws))
    if book == "failback":
        servers_day.fail_over(aws, drplan, tiers)
        return Story(example, (book, *YES), servers_back)
    aws.functions_answer(servers_day.DR, *[{"ok": True, "answers": {}}] * 4)
    return Story(example, (book, "--planned", *YES), servers_away)


def servers_away(aws: Emulator) -> None:
    running = {i["InstanceId"] for i in servers_day.instances(aws, servers_day.DR)}
    assert {r["ec2InstanceID"] for r in servers_day.recoveries(aws, servers_day.DR)} == running and len(running) == sum(servers_day.TIERS.values())
    assert servers_day.switch(aws) == "ALARM" and servers_day.drill_rule(aws) == "DISABLED"


def servers_back(aws: Emulator) -> None:
    assert len(servers_day.recoveries(aws, servers_day.PRIMARY)) == sum(servers_day.TIERS.values())
    assert servers_day.recoveries(aws, servers_day.DR) == []
    assert servers_day.instances(aws, servers_day.DR, "running", "pending", "stopping", "stopped") == []
    assert servers_day.switch(aws) == "OK" and servers_day.drill_rule(aws) == "ENABLED"


def there(aws: Emulator) -> Json:
    """Ids by kind and region: of what exists, not of what AWS keeps a while after it ended, nor of DRS's own templates."""
    def kept(props: Json) -> bool:
        return props.get("KeyState") != "PendingDeletion" and props.get("State", "") not in ("terminated", "shutting-down")
    found = aws.oracle(examples.REGIONS).inventory()
    return {kind: {r: sorted(i for i, props in items.items() if kept(props)) for r, items in places.items() if (kind, r) != ("launch_template", servers_day.DR)}
            for kind, places in found.items()}


def nothing_more(aws: Emulator) -> Check:
    before = examples.nonempty(there(aws))

    def check(world: Emulator) -> None:
        assert examples.nonempty(there(world)) == before
    return check


STORIES: list[Any] = [(make, book) for make in (of_webapp, of_servers) for book in ("failover", "failback", "drill")]


@pytest.mark.parametrize(("make", "book"), STORIES, ids=[f"{make.__name__[3:]}-{book}" for make, book in STORIES])
def test_killed(make: Callable[..., Story], book: str, request: pytest.FixtureRequest, drplan: Drplan, aws: Emulator, killer: Path) -> None:
    story = make(request.getfixturevalue("webapp" if make is of_webapp else "automation"), drplan, aws, book)
    base, killing = Base(drplan, aws), Killing(killer, *story.command)
    with base.copy() as (one, world):
        mark = world.mark()
        cases = killing.cases(one, world)
        once = effects(world, mark)
        story.ended(world)
    name, args = story.example.name, story.example.args

    def attempt(drplan: Drplan, aws: Emulator, kind: str, nth: int) -> None:
        mark = aws.mark()
        killing.kill(drplan, aws, kind, nth)
        got = drplan.run(book, "--resume", *YES, code=None, timeout=300)
        if got.code and "nothing to resume" in got.err:      # it was killed before it began, or had ended
            drplan.run(*story.command, timeout=300)
        else:
            assert got.code == 0, got.text
        story.ended(aws)
        assert effects(aws, mark) == once
        drplan.clean(name, *args)
    attempt_all(request, base, cases, attempt)
