"""A file on its way to a browser, wrapped so that it can do nothing there."""

from urllib.parse import quote

from flask import Response

from portal.files.models import Attachment
from portal.files.queries import read_content
from portal.files.rules import MediaType, name_to_save

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def send(attachment: Attachment) -> Response:
    """The file as an answer: a photo to be shown, a PDF to be saved.

    Whoever calls has made sure that the reader may see the thing it belongs to. Raises NotFound
    when it is gone.
    """
    media_type = MediaType(attachment.media_type)
    response = Response(read_content(attachment), mimetype=media_type)
    response.headers.update(HEADERS)
    name = name_to_save(attachment.name or "", media_type, attachment.position)
    how = "inline" if media_type.is_photo else "attachment"
    response.headers["Content-Disposition"] = f"{how}; {_named(name, attachment.position)}"
    return response


def _named(name: str, position: int) -> str:
    """The name for old browsers, in plain letters, and as it is (RFC 5987)."""
    plain = f"{position}.{name.rpartition('.')[2]}"
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
