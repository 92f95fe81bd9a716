"""Citizens who prove a contact in a browser."""

from typing import Any

from flask.testing import FlaskClient

from tests.support.pages import Page, post
from tests.support.walks import PHONE, code_sent
from tests.support.world import World


def ask_code(client: FlaskClient, world: World, *, contact: str = PHONE, goal: str = "") -> Page:
    """Say whose contact it is; the page that asks for the code."""
    page = Page(client.get(f"/{world.slug}/me/verify/", query_string={"next": goal}))
    response = client.post(
        page.path,
        query_string={"next": goal},
        data={**page.form("contact")["fields"], "contact": contact},
    )
    return Page(client.get(response.location)) if response.status_code == 303 else Page(response)


def prove(
    client: FlaskClient, world: World, *, contact: str = PHONE, is_shared: bool = False
) -> Page:
    """Prove a contact; the page that follows."""
    page = ask_code(client, world, contact=contact)
    shared: dict[str, Any] = {"is_shared_device": "y"} if is_shared else {}
    return post(client, page, code=code_sent(world), **shared)


def is_known(client: FlaskClient, world: World) -> bool:
    """Whether the browser opens what is a citizen's own."""
    return client.get(f"/{world.slug}/me/").status_code == 200


def wrong(code: str) -> str:
    """Six other figures."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
