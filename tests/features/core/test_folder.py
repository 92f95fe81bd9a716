"""What lies beside the portal on its machine is for its own account only."""

import stat
from pathlib import Path

from portal.app import create_app
from portal.core import backup_sqlite
from portal.core.config import Environment, read_config
from portal.core.migrating import upgrade


def test_the_folder_of_the_embedded_database_is_closed_to_others(tmp_path: Path) -> None:
    config = read_config({}, environment=Environment.TEST, var=tmp_path / "var")
    create_app(config)
    assert stat.S_IMODE(config.var.stat().st_mode) == 0o700


def test_an_embedded_database_is_closed_to_others_in_an_open_folder_too(tmp_path: Path) -> None:
    made, restored = (
        read_config({}, environment=Environment.TEST, var=tmp_path / name)
        for name in ("made", "restored")
    )
    for config in (made, restored):
        config.var.mkdir(mode=0o755)
    upgrade(made)
    backup_sqlite.copy_in(restored, made.var / "portal.sqlite3")
    for config in (made, restored):
        files = [path for path in config.var.iterdir() if path.name.startswith("portal.sqlite3")]
        assert files
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
