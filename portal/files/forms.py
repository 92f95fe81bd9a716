"""The box for photos and papers in the forms of other features."""

from typing import Any

from flask import g
from wtforms import MultipleFileField
from wtforms.validators import StopValidation

from portal.core.errors import DomainError
from portal.files.beforehand import check_all
from portal.files.rules import MEGABYTE, MOST_BYTES, MOST_FILES, CheckedFile, MediaType
from portal.web.forms import say


class PhotosField(MultipleFileField):  # type: ignore[misc]
    """Several files in one box; ``data`` is the list of those that may be kept.

    An error names the file it is about. ``needed`` is what a person is told who chose none;
    without it the box may stay empty.
    """

    #: What a file chooser offers first; what counts is the content.
    accept = ",".join(MediaType)
    most_files = MOST_FILES
    megabytes = MOST_BYTES // MEGABYTE

    def __init__(self, label: Any = None, *, needed: Any = None, **options: Any) -> None:
        super().__init__(label, **options)
        self.needed = needed
        self.flags.optional = needed is None
        self.data: list[CheckedFile] = []

    @property
    def was_chosen(self) -> bool:
        """Whether any file came with the form, good or bad."""
        return bool(self.data or self.process_errors)

    def process_data(self, value: Any) -> None:
        """Nothing stands in the box in the beginning: browsers keep no file."""
        self.data = []

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was checked beforehand, or check it now."""
        beforehand = g.get("sent_files", {}).get(self.name)
        looked = check_all(valuelist) if beforehand is None else beforehand
        self.data = [file for file in looked if isinstance(file, CheckedFile)]
        self.process_errors += [say(file) for file in looked if isinstance(file, DomainError)]

    def pre_validate(self, form: Any) -> None:
        """Ask for a file where one is needed."""
        if self.needed is not None and not self.data and not self.process_errors:
            raise StopValidation(self.needed)
