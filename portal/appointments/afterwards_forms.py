"""The sheet on which a window enters afterwards what happened: some boxes for each booking."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, TimeField
from wtforms.validators import InputRequired, Optional

from portal.appointments.afterwards_rules import Written
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.core.errors import DomainError
from portal.web.formats import current_reader, format_clock
from portal.web.forms import Form, say, say_instead
from portal.web.masks import mask_name

#: What can still be entered of a booking, by where it stands.
BOXES: Mapping[str, Sequence[str]] = {
    State.BOOKED: ("arrived", "started", "finished", "missed"),
    State.ARRIVED: ("started", "finished"),
    State.SERVING: ("finished",),
}
LABELS = {
    "arrived": _l("Arrived"),
    "started": _l("Started"),
    "finished": _l("Finished at"),
    "missed": _l("Did not come"),
}


class SheetForm(Form):
    """The boxes of some bookings, named after them."""

    #: In ascending id.
    bookings: Sequence[Booking] = ()

    def box(self, name: str, booking: Booking) -> Any:
        """One box of a booking."""
        return self[f"{name}_{booking.id}"]

    def boxes(self, booking: Booking) -> dict[str, Any]:
        """The boxes that a booking still has; none when nothing is left to enter.

        One that came to be expected while the sheet was filled in has none before it is opened
        anew.
        """
        names = BOXES.get(booking.state, ()) if booking in self.bookings else ()
        return {name: self.box(name, booking) for name in names}

    def written(self, booking: Booking) -> Written:
        """What was written about a booking."""
        data = {name: self.box(name, booking).data for name in LABELS}
        return Written(data["arrived"], data["started"], data["finished"], data["missed"])

    def is_wrong(self, booking: Booking) -> bool:
        """Whether a box of the booking cannot be read."""
        return any(self.box(name, booking).errors for name in (*LABELS, "version"))

    def refuse_row(self, booking: Booking, error: DomainError) -> None:
        """Say on the row itself why it was not entered, and whose row it is."""
        boxes = self.boxes(booking)
        name = booking.name and mask_name(booking.name)
        clock = format_clock(booking.starts_at, current_reader())
        message = f"{clock} {name or booking.reference}: {say(error)}"
        field = boxes.get(error.field or "") or next(iter(boxes.values()), None)
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]
        say_instead(self.box("version", booking), booking.version)


def sheet_form(bookings: Sequence[Booking]) -> SheetForm:
    """A form with boxes for these bookings."""
    fields: dict[str, Any] = {}
    for booking in bookings:
        fields[f"version_{booking.id}"] = IntegerField(
            widget=HiddenField.widget, validators=[InputRequired()], default=booking.version
        )
        for name, label in LABELS.items():
            fields[f"{name}_{booking.id}"] = (
                BooleanField(label) if name == "missed" else TimeField(label, [Optional()])
            )
    form: SheetForm = type("SheetForm", (SheetForm,), fields)()
    form.bookings = sorted(bookings, key=lambda booking: booking.id)
    return form
