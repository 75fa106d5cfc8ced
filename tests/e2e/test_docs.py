"""The documents say what the program says: every command and option, in the man page and in the README. Whether links lead
somewhere, tools/links.sh says.
"""
from __future__ import annotations

import re
from collections import defaultdict

import pytest

from conftest import TOP, Drplan

EVERY = ["every command"]


def plain(roff: str) -> str:
    """A line of the man page without its fonts and escapes."""
    return re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-").removeprefix(".B ").strip()


def section(name: str) -> list[str]:
    page = (TOP / "docs" / "drplan.1").read_text()
    return re.split(r"^\.SH .*$", page.split(f".SH {name}\n", 1)[1], maxsplit=1, flags=re.M)[0].splitlines()


def entries(name: str) -> dict[str, str]:
    """What follows each tag of a section: tag -> text."""
    out: dict[str, str] = defaultdict(str)
    lines, tag = section(name), ""
    for i, line in enumerate(lines):
        if i and lines[i - 1] == ".TP":
            tag = plain(line)
        elif line == ".PP":
            tag = ""
        elif tag and line != ".TP":
            out[tag] += " " + plain(line)
    return out


def commands(sim: Drplan) -> tuple[dict[str, str], dict[str, str]]:
    """The commands that there are, and those still to come, with the help of each."""
    text = sim.run("help").out
    there, _, rest = text.partition("\nnot supported yet:\n")
    later = rest.partition("\n\n")[0]
    names = [re.findall(r"^  ([a-z]+)  ", part, re.M) for part in (there, later)]
    assert len(names[0]) > 15
    return tuple({name: sim.run("help", name).out for name in part} for part in names)  # type: ignore[return-value]


def test_man_page_has_every_command_and_no_other(sim: Drplan) -> None:
    there, later = commands(sim)
    want = {help_text.split("\n", 1)[0].removeprefix("usage: drplan ").replace(" [OPTIONS]", "") for help_text in there.values()}
    assert set(entries("COMMANDS")) == want | {"help [command]"}
    yet = [plain(line) for line in section("COMMANDS") if line.startswith("Not supported yet: ")]
    assert set(re.findall(r"[a-z]+", " ".join(yet).removeprefix("Not supported yet: "))) == set(later)


@pytest.mark.parametrize("document", ["README.md"])
def test_document_names_every_command(sim: Drplan, document: str) -> None:
    text = (TOP / document).read_text()
    missing = [name for name in commands(sim)[0] if not re.search(rf"`(drplan )?{name}\b", text)]
    assert not missing, f"{document} does not name {missing}"


def test_man_page_says_which_commands_take_an_option(sim: Drplan) -> None:
    there, later = commands(sim)
    takes: dict[str, list[str]] = defaultdict(list)
    for name, text in there.items():
        for option in re.findall(r"^  (-{1,2}[a-z][a-z-]*(?:=[A-Z:=]+)?)", text.partition("\noptions:\n")[2], re.M):
            takes[option].append(name)
    want = {option: EVERY if len(names) == len(there) else names for option, names in takes.items()}
    have = entries("OPTIONS")
    assert set(have) == set(want)
    wrong = {option: f"[{', '.join(names)}]" for option, names in want.items()
             if not have[option].rstrip().endswith(f" [{', '.join(names)}]")}
    assert not wrong, f"docs/drplan.1: the text of each of these must end with {wrong}"
