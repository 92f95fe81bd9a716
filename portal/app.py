"""Builds the application from configuration, core, web and the ordered features."""

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from portal.alarms.feature import FEATURE as ALARMS
from portal.appointments.feature import FEATURE as APPOINTMENTS
from portal.calendar.feature import FEATURE as CALENDAR
from portal.catalog.feature import FEATURE as CATALOG
from portal.core.clock import Clock
from portal.core.config import Config, read_config
from portal.core.engine import tune_engine
from portal.core.keys import load_keys
from portal.core.runtime import Runtime
from portal.core.session import db
from portal.duty.feature import FEATURE as DUTY
from portal.files.feature import FEATURE as FILES
from portal.handover.feature import FEATURE as HANDOVER
from portal.identity.feature import FEATURE as IDENTITY
from portal.matters.feature import FEATURE as MATTERS
from portal.messages.feature import FEATURE as MESSAGES
from portal.records.feature import FEATURE as RECORDS
from portal.search.feature import FEATURE as SEARCH
from portal.tenancy.feature import FEATURE as TENANCY
from portal.web.feature import Feature
from portal.web.requests import refuse_too_many_fields
from portal.web.shell import set_up_shell

#: Every feature, from the lowest floor up; the order of menus and set-up.
FEATURES: tuple[Feature, ...] = (
    TENANCY,
    IDENTITY,
    SEARCH,
    RECORDS,
    MESSAGES,
    FILES,
    CALENDAR,
    ALARMS,
    CATALOG,
    DUTY,
    APPOINTMENTS,
    MATTERS,
    HANDOVER,
)


def create_app(config: Config | None = None, *, clock: Clock | None = None) -> Flask:
    """The portal as a WSGI application.

    Raises ConfigError when the configuration may not start.
    """
    config = config or read_config()
    config.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Flask(
        "portal",
        root_path=str(Path(__file__).parent),
        static_folder="web/static",
        template_folder="web/templates",
    )
    keys = load_keys(config)
    app.config.update(
        SECRET_KEY=config.secret_key or keys.cookie_secret,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": not config.is_sqlite},
        MAX_CONTENT_LENGTH=config.max_body,
        MAX_FORM_MEMORY_SIZE=config.max_body,
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["portal"] = Runtime(config=config, clock=clock or Clock(), keys=keys)
    app.extensions["features"] = FEATURES
    db.init_app(app)
    with app.app_context():
        tune_engine(db.engine)
    set_up_shell(app, config)
    for feature in FEATURES:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint, url_prefix=f"/<slug>{blueprint.url_prefix or ''}")
        for blueprint in feature.platform_blueprints:
            app.register_blueprint(blueprint)
        if feature.set_up is not None:
            feature.set_up(app)
    # Behind the hooks of the shell and of tenancy: their refusals, too, wear the institution's
    # look.
    app.before_request(refuse_too_many_fields)
    CSRFProtect(app)
    return app
