"""`cardea` finds its commands by their files, and says so where it cannot."""

import subprocess
import sys

import pytest

from provisioning.__main__ import commands, load, main


def test_the_overview_names_every_command_with_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()[2:]
    assert len(lines) == len(commands())
    for name, line in zip(commands(), lines, strict=True):
        assert line.startswith(f"  cardea {name} ")
        assert line.endswith(".")
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == said.out


def test_the_commands_of_the_house_are_there() -> None:
    names = {"models build", "site new", "enrol", "holders", "journal verify", "simulate"}
    assert names <= set(commands())
    assert not {"terminal", "simulator", "__main__"} & set(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_can_be_loaded_and_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load(commands()[name])
    assert callable(module.run)
    with pytest.raises(SystemExit) as exit_:
        main([*name.split(), "--help"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: cardea {name}")


@pytest.mark.parametrize(
    "words",
    [
        ["opn"],
        ["models"],
        ["site"],
        ["-x"],
        [""],
        ["--help", "x"],
    ],
)
def test_an_unknown_command_is_refused_with_the_overview(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "cardea journal verify" in said.err


def test_the_longest_match_is_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`journal verify --state X` is no argument `verify` to a command `journal`."""
    assert main(["journal", "verify", "--state", "/nonexistent"]) == 1
    assert "cardea journal verify: " in capsys.readouterr().err


def test_a_wrong_option_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["holders", "--nonsense"])
    assert exit_.value.code == 2
    assert "--nonsense" in capsys.readouterr().err


def test_the_overview_needs_no_library_of_any_command() -> None:
    """It is read, not imported: `cardea` starts at once, and with libraries missing too."""
    program = (
        "import sys; from provisioning.__main__ import main; code = main([]);"
        "heavy = {'numpy', 'cv2', 'starlette', 'sqlcipher3'} & set(sys.modules);"
        "sys.exit(code or bool(heavy))"
    )
    child = subprocess.run((sys.executable, "-c", program), capture_output=True, check=False)
    assert child.returncode == 0, child.stderr
