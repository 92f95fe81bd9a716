"""What goes wrong is written down without the people whom it went wrong for."""

import json

import pytest
from sqlalchemy import insert
from structlog.testing import capture_logs

from portal.core.session import db
from portal.identity.models import Staff
from tests.support.citizens import ask_code
from tests.support.world import World, furnish


def test_a_crash_is_logged_with_its_place_and_without_anybodys_data(
    institution: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(institution)

    def crash(*_arguments: object, **_named: object) -> None:
        row = {"number": "X1", "name": "王秘密", "name_key": "王秘密", "unit_id": 1}
        db.session().execute(insert(Staff).values(**row, institution_id=institution.id))

    monkeypatch.setattr("portal.identity.views.citizens.send_code", crash)
    with capture_logs() as logs:
        assert ask_code(institution.client(), institution, contact="13812345678").status == 500
    [entry] = [entry for entry in logs if entry["event"] == "crash"]
    written = json.dumps(entry, ensure_ascii=False)
    assert "IntegrityError" in written
    assert "in crash" in written
    assert "王秘密" not in written
