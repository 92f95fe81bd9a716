"""The manifest by which a feature folder wires itself into the application."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import click
from flask import Blueprint, Flask

from portal.core.outbox import Delivery
from portal.core.sweeps import Sweep


@dataclass(frozen=True)
class Permission:
    """What a role may grant: ``feature.noun.verb`` and its plain label (msgid)."""

    code: str
    label: str


@dataclass(frozen=True)
class MenuEntry:
    """A line of the staff menu, shown to those who hold the permission (empty: all staff)."""

    label: str
    endpoint: str
    permission: str = ""
    #: "work" for the window's own pages, "admin" for setting up.
    group: str = "work"
    order: int = 50


@dataclass(frozen=True)
class Door:
    """A row of the home page: what a citizen can come for."""

    endpoint: str
    icon: str
    title: str
    hint: str
    order: int = 50


@dataclass(frozen=True)
class Feature:
    """Everything of a feature that the application must know."""

    name: str
    #: Served below ``/<slug>``.
    blueprints: tuple[Blueprint, ...] = ()
    #: Served at the root, without an institution.
    platform_blueprints: tuple[Blueprint, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    doors: tuple[Door, ...] = ()
    permissions: tuple[Permission, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    commands: tuple[click.Command, ...] = ()
    #: Modules whose event handlers connect by being imported.
    listeners: tuple[ModuleType, ...] = ()
    #: Called with the application once all blueprints stand.
    set_up: Callable[[Flask], None] | None = field(default=None)
