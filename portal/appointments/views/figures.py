"""What heads see of the appointments of their windows: how many were kept, missed, booked when."""

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.appointments import figure_tables as tables
from portal.appointments.figures import (
    Scope,
    count_bookings,
    list_counted,
    list_next_free,
)
from portal.appointments.figures_rules import (
    FIGURE_LABELS,
    OUTCOME_LABELS,
)
from portal.appointments.views.figure_scope import (
    FIGURES_SEEN,
    address_of,
    asked_choice,
    asked_scope,
    periods_around,
)
from portal.appointments.views.today import SERVE
from portal.catalog.models import Post
from portal.catalog.queries import (
    get_post,
    list_posts_by_id,
    list_posts_page,
    list_posts_within,
    list_service_names,
)
from portal.core.session import db
from portal.web import guards
from portal.web.report_tables import send_tables
from portal.web.requests import page_number

pages = Blueprint("figures", __name__, template_folder="../templates", url_prefix="/work/figures")


@pages.get("/")
@guards.permitted(FIGURES_SEEN)
def index() -> ResponseReturnValue:
    """The figures of some days, drawn and as tables; each opens into its bookings."""
    scope = asked_scope()
    listing = list_posts_page(db.session(), page=page_number(), within=scope.units)
    posts = _one_post(scope) or list(listing.rows)
    shown = [post.id for post in posts]
    tally = count_bookings(db.session(), scope, posts=shown)
    return render_template(
        "appointments/figures.html",
        scope=scope,
        posts=posts,
        listing=listing,
        drawn=tables.Drawn(tally, scope.span),
        next_free=list_next_free(db.session(), shown, now=g.now),
        said=address_of(scope),
        periods=periods_around(scope),
        earlier=url_for(".index", **address_of(scope, scope.span.before)),
        later=url_for(".index", **address_of(scope, scope.span.after)),
    )


@pages.get("/rows/")
@guards.permitted(FIGURES_SEEN)
def rows() -> ResponseReturnValue:
    """The bookings that a figure counts, names masked."""
    scope, choice = asked_scope(), asked_choice()
    listing = list_counted(db.session(), scope, choice, page=page_number())
    services = sorted({row.booking.service_id for row in listing.rows})
    posts = list_posts_by_id(db.session(), {row.post_id for row in listing.rows})
    return render_template(
        "appointments/figure_rows.html",
        scope=scope,
        choice=choice,
        label=FIGURE_LABELS[choice.figure],
        listing=listing,
        names=list_service_names(db.session(), services),
        posts=posts,
        labels=OUTCOME_LABELS,
        said=address_of(scope),
        notice=tables.name_notice(choice.notice) if choice.notice else "",
        hour=tables.name_hour(choice.hour) if choice.hour is not None else "",
        opens=lambda post: guards.current_staff().can(SERVE, post.unit_id),
    )


@pages.get("/table.<any(csv, xlsx):ending>")
@guards.permitted(FIGURES_SEEN)
def export(ending: str) -> ResponseReturnValue:
    """The same figures to take along, of all windows."""
    scope = asked_scope()
    posts = _one_post(scope) or list_posts_within(db.session(), scope.units)
    tally = count_bookings(db.session(), scope)
    next_free = list_next_free(db.session(), [post.id for post in posts], now=g.now)
    sheets = tables.as_sheets(tables.Drawn(tally, scope.span), posts, next_free, scope.zone)
    return send_tables(sheets, ending, f"appointments-{scope.span.first}-{scope.span.last}")


def _one_post(scope: Scope) -> list[Post]:
    return [get_post(db.session(), scope.post_id)] if scope.post_id else []
