"""The manifest by which a feature folder wires itself into the application."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import click
from flask import Blueprint, Flask
from pydantic import BaseModel
from sqlalchemy.orm import Session

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
    #: A word of the institution's settings that stands in the title's place.
    word: str = ""


@dataclass(frozen=True)
class ProfilePart:
    """A list of coded items of an institution's profile that a feature keeps in its tables."""

    #: Its table in the profile file: ``[[post]]``.
    key: str
    #: What one item looks like; the field ``code`` names it.
    model: type[BaseModel]
    #: The items that stand in the database, by code, as the profile writes them; taken as they
    #: are, for pages may allow what a profile may not.
    read: Callable[[Session], dict[str, BaseModel]]
    #: Create the item or set it to what is given, in the scope that is open.
    write: Callable[[Session, Any, datetime], None]
    #: Fields that name items of a part by code ("offer.post": "post"); of its own part, only
    #: items further up. "permission" stands for the permissions of all features.
    refers: Mapping[str, str] = field(default_factory=dict)
    #: What is wrong with the items as a whole: the place within the list and the reason.
    check: Callable[[list[Any]], Iterable[tuple[tuple[str | int, ...], str]]] | None = None


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
    deliveries: tuple[Delivery[Any, Any], ...] = ()
    commands: tuple[click.Command, ...] = ()
    #: In the order in which a new institution needs them.
    profile: tuple[ProfilePart, ...] = ()
    #: Modules whose event handlers connect by being imported.
    listeners: tuple[ModuleType, ...] = ()
    #: Called with the application once all blueprints stand.
    set_up: Callable[[Flask], None] | None = field(default=None)
