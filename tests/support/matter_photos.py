"""Photos and papers of matters, as people send them and as they are kept."""

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import encode_multipart

from portal.core.shelf import files_folder
from portal.core.worker import Worker
from portal.files.models import Attachment
from portal.files.queries import list_attachments
from portal.files.removing import REMOVING
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.matters.services import handling, opening
from tests.support.attaching import checked, sent
from tests.support.matters import Office, staff
from tests.support.pages import Page
from tests.support.walks import sign_in

DOOR = "門口.jpg"
HEARD = {"channel": "phone", "title": "廚房天花板滲水", "name": "張麗華"}


def send(client: FlaskClient, page: Page, *files: tuple[bytes, str], **values: str) -> Page:
    """Fill in the page's form, choose files and send both as a browser does."""
    boxes: dict[str, Any] = {**page.form()["fields"], **values}
    # Without any, a browser sends one that has neither name nor content.
    boxes["photos"] = [sent(*file) for file in files] or [sent(b"", "")]
    # Encoded here, for the client would leave its draft open.
    boundary, body = encode_multipart(boxes)
    kind = f"multipart/form-data; boundary={boundary}"
    return Page(client.post(page.path, data=body, content_type=kind))


def hear(office: Office, *files: tuple[bytes, str], **values: str) -> Page:
    """The gardener takes a matter down."""
    gardener = sign_in(office.world, "11")
    page = Page(gardener.get(f"/{office.world.slug}/work/matters/add/repair/"))
    return send(gardener, page, *files, **{**HEARD, **values})


def tell(client: FlaskClient, office: Office, *files: tuple[bytes, str], **values: str) -> Page:
    """A person writes a matter down online."""
    page = Page(client.get(f"/{office.world.slug}/tell/repair/"))
    return send(client, page, *files, **{"title": "樓道的燈不亮", **values})


def add(office: Office, matter_id: int, *files: tuple[bytes, str], number: str = "11") -> Page:
    """Somebody of the staff adds photos later."""
    client = sign_in(office.world, number)
    return send(client, Page(client.get(place(office, matter_id, "photos/"))), *files)


def place(office: Office, matter_id: int, rest: str = "") -> str:
    """A page about a matter for staff."""
    return f"/{office.world.slug}/work/matters/{matter_id}/{rest}"


def link(office: Office, matter_id: int, rest: str = "") -> str:
    """A page of a matter for the person."""
    matter = office.read(matter_id)
    token = office.world.do(lambda _session: matter_token(matter.reference))
    return f"/{office.world.slug}/m/{matter.reference}/{token}/{rest}"


def only_matter(office: Office) -> Matter:
    """The one matter that there is."""
    return office.world.do(lambda session: session.scalars(select(Matter)).one())


def rows(office: Office, matter_id: int) -> list[Attachment]:
    """What a matter has."""
    return office.world.do(lambda session: list_attachments(session, ("matter", matter_id)))


def names(office: Office, matter_id: int) -> list[str | None]:
    """What the files of a matter are called."""
    return [row.name for row in rows(office, matter_id)]


def on_disk(office: Office) -> list[Path]:
    """All files of all institutions."""
    folder = files_folder(office.world.app.extensions["portal"].config)
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def attach_later(office: Office, matter_id: int, count: int = 1) -> None:
    """Files that the gardener adds."""

    def work(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        opening.add_photos(
            session,
            matter=matter,
            photos=[checked() for _ in range(count)],
            actor=staff(office.gardener),
            now=office.world.now,
        )

    office.world.do(work)


def end(office: Office, matter_id: int, verb: str) -> None:
    """The entry was a mistake, or the person does not want it any more."""

    def work(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        known: dict[str, Any] = {"matter": matter, "version": matter.version}
        known |= {"actor": staff(office.gardener), "now": office.world.now}
        if verb == "void":
            opening.void(session, reason="記錯了", **known)
        else:
            handling.withdraw(session, words="不用了", **known)

    office.world.do(work)


def remove_erased(office: Office) -> None:
    """Have the worker do what an erasure left to it."""
    worker = Worker(
        office.world.app,
        deliveries=(REMOVING,),
        sweeps=(),
        name="remover",
        list_institutions=lambda: [office.world.id],
    )
    while worker.run_once():
        pass
