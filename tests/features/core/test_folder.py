"""What lies beside the portal on its machine is for its own account only."""

import stat
from pathlib import Path

from portal.app import create_app
from portal.core.config import Environment, read_config


def test_the_folder_of_the_embedded_database_is_closed_to_others(tmp_path: Path) -> None:
    config = read_config({}, environment=Environment.TEST, var=tmp_path / "var")
    create_app(config)
    assert stat.S_IMODE(config.var.stat().st_mode) == 0o700
