"""Looking at a form's files before any transaction begins: pictures take time to unpack."""

from collections.abc import Sequence

from flask import g, request
from werkzeug.datastructures import FileStorage

from portal.core.errors import DomainError
from portal.files.rules import MOST_FILES, BadFile, CheckedFile, TooManyFiles
from portal.files.services import check_upload, keep

Looked = list[CheckedFile | DomainError]


def check_sent(box: str) -> None:
    """Check the files of one box and put the good ones on the shelf; the form's field takes them.

    For the ``before_request`` of the feature whose form it is, once it knows that the sender may
    attach something: strangers shall not make us work. Its view is ``takes_files(MOST_TOGETHER)``.
    """
    looked = check_all(request.files.getlist(box))
    if not any(isinstance(file, DomainError) for file in looked):
        keep([file for file in looked if isinstance(file, CheckedFile)])
    g.sent_files = {**g.get("sent_files", {}), box: looked}


def check_all(sent: Sequence[object]) -> Looked:
    """Each file as it may be kept, or why it may not; a box left empty sends one without a name."""
    files = [file for file in sent if isinstance(file, FileStorage) and file.filename]
    if len(files) > MOST_FILES:
        return [TooManyFiles()]
    return [_check(file) for file in files]


def _check(file: FileStorage) -> CheckedFile | DomainError:
    try:
        return check_upload(file)
    except BadFile as error:
        return error
