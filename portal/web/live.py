"""Pages that keep themselves up to date: the browser asks again, and is mostly told "unchanged".

A region of such a page is marked ``data-live``; the script of the pages asks for the page again
with the tag that it was given, so that nothing is rendered while nothing has changed.
"""

import hashlib

from flask import Response, make_response


def content_tag(*facts: object) -> str:
    """A tag that changes with any of the facts that a page shows."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def unchanged(tag: str) -> Response:
    """What the browser has is still true."""
    response = make_response("", 304)
    response.set_etag(tag)
    return response


def tagged(page: str, tag: str) -> Response:
    """A page with its tag."""
    response = make_response(page)
    response.set_etag(tag)
    return response
