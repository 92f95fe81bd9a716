"""Bare Flask applications: as little as can be done for the same effect on the same server."""

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portal.core.config import read_config
from tests.bench.floor_rows import Rows, Taken

config = read_config()
app = Flask(__name__)
rows = Rows(config.database_url)


class Base(DeclarativeBase):
    """Base of the one mapped class."""


db = SQLAlchemy(model_class=Base)


class Post(Base):
    """A row to be read by its primary key."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    plate: Mapped[str]
    place: Mapped[str]


app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
if not config.is_sqlite:
    # Row security is told once for each connection, not for each transaction.
    told = {"options": "-c app.institution_id=1"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": told}
db.init_app(app)


@app.get("/hello")
def hello() -> str:
    """Nothing but the framework."""
    return "Hello"


@app.get("/row/<int:post_id>")
def row(post_id: int) -> str:
    """One row by its primary key through the ORM."""
    post = db.session.get_one(Post, post_id)
    return f"{post.code} {post.plate}"


@app.post("/<slug>/<path:step>")
def write(slug: str, step: str) -> ResponseReturnValue:
    """The row changes of one step of a booking, with the bare driver in one transaction."""
    try:
        location = rows.once(request.path, dict(request.form))
    except Taken:
        return "taken", 422
    return redirect(location, 303)
