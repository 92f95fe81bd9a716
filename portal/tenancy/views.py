"""Pages without an institution: the way to each of them, and what machines ask."""

from flask import Blueprint, Response, g, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from portal.core.migrating import current_revision, newest_revision
from portal.core.session import db
from portal.core.worker import is_worker_alive
from portal.tenancy.queries import list_tenants
from portal.web import guards

platform_pages = Blueprint("platform", __name__, template_folder="templates")


@platform_pages.get("/")
@guards.platform
def index() -> ResponseReturnValue:
    """The institutions that are here."""
    return render_template("tenancy/index.html", tenants=list_tenants())


@platform_pages.get("/healthz")
@guards.platform
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@platform_pages.get("/readyz")
@guards.platform
def readyz() -> ResponseReturnValue:
    """Whether requests can be served: database, schema and worker; 503 with the reasons."""
    reasons = []
    try:
        session = db.session()
        if current_revision(session.connection()) != newest_revision():
            reasons.append("schema is not at the newest revision")
        if not is_worker_alive(session, g.now):
            reasons.append("no worker was seen in the last two minutes")
    except SQLAlchemyError:
        reasons.append("database does not answer")
    return jsonify(status="failing" if reasons else "ok", reasons=reasons), 503 if reasons else 200


@platform_pages.get("/robots.txt")
@guards.platform
def robots() -> ResponseReturnValue:
    """Pages of bookings and staff are nobody's to index."""
    return Response(
        "User-agent: *\nDisallow: /*/b/\nDisallow: /*/work/\nDisallow: /*/admin/\n",
        content_type="text/plain",
    )
