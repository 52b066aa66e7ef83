"""Where anvil is found, and which folders a devnet takes."""

from pathlib import Path

import pytest

from beamer_agent.devnet.binary import find_anvil
from beamer_agent.devnet.folder import LOCK, WorldFolder
from beamer_agent.errors import ConfigurationError

pytestmark = pytest.mark.unit


def program(path: Path) -> Path:
    """A file that may be executed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine for which there is a package."""
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


@pytest.mark.usefixtures("linux")
def test_variable_beats_package_beats_path(tmp_path: Path) -> None:
    """The order in which anvil is looked for."""
    packages = tmp_path / "contracts" / "node_modules" / "@foundry-rs"
    packaged = program(packages / "anvil-linux-amd64" / "bin" / "anvil")
    named = program(tmp_path / "mine")
    on_path = program(tmp_path / "bin" / "anvil")
    environment = {"PATH": str(on_path.parent)}
    assert find_anvil({**environment, "ANVIL": str(named)}, tmp_path) == named
    assert find_anvil(environment, tmp_path) == packaged
    packaged.unlink()
    assert find_anvil(environment, tmp_path) == on_path


def test_missing_anvil_names_the_remedy(tmp_path: Path) -> None:
    """The sentence says where it was looked for and what to type."""
    with pytest.raises(ConfigurationError, match="npm ci"):
        find_anvil({"PATH": ""}, tmp_path)


def test_unusable_variable_is_a_sentence(tmp_path: Path) -> None:
    """A named program that is none is not passed over in silence."""
    with pytest.raises(ConfigurationError, match="ANVIL"):
        find_anvil({"ANVIL": str(tmp_path / "none")}, tmp_path)


def test_folder_is_made_and_removed(tmp_path: Path) -> None:
    """A folder that we made goes with our files."""
    with WorldFolder(tmp_path / "a" / "b") as folder:
        (folder.path / "agent.toml").touch()
        (folder.path / "1-x.deployment.json").touch()
    assert not folder.path.exists()


def test_files_of_others_stay(tmp_path: Path) -> None:
    """What somebody put beside our files is not ours to remove."""
    with WorldFolder(tmp_path / "world") as folder:
        (folder.path / "notes").touch()
    assert [path.name for path in folder.path.iterdir()] == ["notes"]


def test_folder_of_a_killed_devnet_is_taken_over(tmp_path: Path) -> None:
    """Its files tell of chains that are gone."""
    (tmp_path / LOCK).touch()
    (tmp_path / "agent.toml").touch()
    with WorldFolder(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Two devnets in one folder would remove each other's files."""
    with (
        WorldFolder(tmp_path),
        pytest.raises(ConfigurationError, match="is running"),
        WorldFolder(tmp_path),
    ):
        pass


def test_file_is_no_folder(tmp_path: Path) -> None:
    """A file where the folder shall be is a sentence, not a traceback."""
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(ConfigurationError, match="is a file"), WorldFolder(path):
        pass


def test_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """The system's reason is in it."""
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(ConfigurationError, match="cannot be written"), WorldFolder(path / "x"):
        pass
