"""The institution in which appointments are replayed: made for it, and for nothing else."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.profile import OfferItem, PostItem, ServiceItem
from portal.founding.making import found_institution, load_profile, within
from portal.replay.history import Contents
from portal.replay.models import Replay
from portal.tenancy.profile import Profile
from portal.tenancy.queries import find_tenant

PROFILE = Path(__file__).parent / "profile.toml"


class NotOurs(Exception):
    """The institution serves people, or replays something else; its words say which."""


def prepare(slug: str, contents: Contents, *, capacity: int, now: datetime) -> int:
    """The institution of this replay, made as of the first booking unless it stands already.

    Raises NotOurs for one that was not made for a replay, or for another one.
    """
    tenant = find_tenant(slug)
    if tenant is None:
        return _found(slug, contents, capacity, now)
    standing = within(tenant.id, _find, is_read_only=True)
    if standing is None:
        raise NotOurs(f"{slug!r} was not made for a replay and is left alone")
    if standing != (contents.file_hash, capacity):
        raise NotOurs(
            f"{slug!r} replays another file or another capacity; name another with --slug"
        )
    return tenant.id


def _find(session: Session) -> tuple[str, int] | None:
    replay = session.scalar(select(Replay))
    return None if replay is None else (replay.file_hash, replay.capacity)


def _found(slug: str, contents: Contents, capacity: int, now: datetime) -> int:
    def furnish(session: Session) -> None:
        session.add(Replay(file_hash=contents.file_hash, capacity=capacity, started_at=now))

    profile = _with_clinics(load_profile(str(PROFILE)), contents.clinics, capacity)
    institution_id, _ = found_institution(profile, slug=slug, now=contents.first, furnish=furnish)
    return institution_id


def clinic_of(clinic: str) -> str:
    """The code of the service and of the post that a clinic of the file becomes."""
    return f"clinic-{clinic}"


def _with_clinics(profile: Profile, clinics: tuple[str, ...], capacity: int) -> Profile:
    """The profile with a post and a service for each clinic."""
    posts, services = [], []
    for clinic in clinics:
        code = clinic_of(clinic)
        name = {tag: f"{word} {clinic}" for tag, word in profile.settings.words.post.items()}
        posts.append(PostItem(code=code, unit="clinics", name=name, plate=clinic[:6]))
        offer = OfferItem(post=code, slot_minutes=60, capacity=capacity)
        services.append(
            ServiceItem(
                code=code,
                unit="clinics",
                name=name,
                promised_days=0,
                asks_id_number=True,
                offer=[offer],
            )
        )
    return replace(profile, parts={**profile.parts, "post": posts, "service": services})
