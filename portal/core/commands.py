"""Commands for the person who keeps the installation: keys, ledger, backup and restore."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.core.backup import BackupError, make_backup, restore_backup
from portal.core.config import ConfigError
from portal.core.crypto import Undecipherable, current_keys
from portal.core.errors import NotFound
from portal.core.keys import KeyRing, new_keys, read_keys, with_new_key, write_keys
from portal.core.ledger_anchor import (
    accept_restore,
    anchor_head,
    anchors_folder,
    read_anchors,
    read_printed,
)
from portal.core.ledger_chain import BATCH, Head, seal_entries
from portal.core.ledger_verify import Verdict, verify
from portal.core.outbox import list_parked, retry_parked
from portal.core.reencryption import reencrypt
from portal.core.runtime import each_institution, runtime
from portal.core.session import db
from portal.core.tenant import current_institution_id
from portal.core.unit import run_unit

KEYS_WARNING = (
    "ATTENTION: the keys file {path} is NOT in this copy. Without it every name, contact and\n"
    "paper number in the copy is lost for good. Keep a copy of it elsewhere, apart from this one."
)


@click.group("keys")
def keys_group() -> None:
    """Keys that personal text is encrypted with."""


@keys_group.command("create")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def create_keys(file: Path) -> None:
    """Make a new file of random keys; never touches one that exists."""
    try:
        write_keys(file, new_keys())
    except FileExistsError:
        raise click.ClickException(f"{file} exists already and was left as it is") from None
    click.echo(f"Made {file}. Name it in PORTAL_KEYS_FILE and keep a copy of it elsewhere.")


@keys_group.command("rotate")
@with_appcontext
def rotate_keys() -> None:
    """Add a key and make it the current one; the older ones still decipher."""
    path = runtime().config.keys_file
    assert path is not None
    keys = with_new_key(_read(path))
    write_keys(path, keys, replacing=True)
    click.echo(f"The current key is now {keys.current}. Copy {path} elsewhere, restart the portal,")
    click.echo("then run `portal keys reencrypt`.")


@keys_group.command("reencrypt")
@with_appcontext
def reencrypt_values() -> None:
    """Move every encrypted value to the current key; may be stopped and started again."""

    def tell(column: str, count: int) -> None:
        click.echo(f"{column}: {count}")

    try:
        moved = reencrypt(tell)
    except Undecipherable as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{moved} values moved to key {current_keys().current}.")


def _read(path: Path) -> KeyRing:
    try:
        return read_keys(path)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


@click.group("ledger")
def ledger_group() -> None:
    """The record of everything done, sealed so that a change shows."""


@ledger_group.command("seal")
@with_appcontext
def seal_ledger() -> None:
    """Seal all entries that have no seal yet."""
    for slug, session in each_institution():
        sealed, count = 0, BATCH
        while count == BATCH:
            count = run_unit(session, partial(seal_entries, session, runtime().clock.now()))
            sealed += count
        click.echo(f"{slug}: {sealed} entries sealed")


@ledger_group.command("anchor")
@with_appcontext
def anchor_ledger() -> None:
    """Sign the end of every chain and keep it outside the database."""
    for slug, session in each_institution():
        now = runtime().clock.now()
        work = partial(anchor_head, session, anchors_folder(runtime().config), current_keys(), now)
        anchor = run_unit(session, work, is_read_only=True)
        click.echo(f"{slug}: {f'block {anchor.number} anchored' if anchor else 'nothing new'}")


@ledger_group.command("verify")
@click.option("--institution", "only", help="Slug of one institution; all without it.")
@click.option("--printed", help="An anchor as printed on that institution's day list.")
@with_appcontext
def verify_ledger(only: str | None, printed: str | None) -> None:
    """Check every chain and name the first broken entry."""
    if printed and not only:
        raise click.UsageError("--printed needs --institution")
    if not verify_all(only, [_head(printed)] if printed else []):
        raise SystemExit(1)


def _head(printed: str) -> Head:
    try:
        return read_printed(printed)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def verify_all(only: str | None = None, printed: list[Head] | None = None) -> bool:
    """Verify the chains, telling of each; whether all are sound."""
    is_sound, is_known = True, only is None
    for slug, session in each_institution():
        if only not in (None, slug):
            continue
        is_known = True
        anchors = read_anchors(anchors_folder(runtime().config), current_institution_id())
        now = runtime().clock.now()
        work = partial(verify, session, anchors, now, printed=printed or ())
        verdict = run_unit(session, work, is_read_only=True)
        _tell(slug, verdict)
        is_sound = is_sound and verdict.finding is None
    if not is_known:
        raise click.UsageError(f"there is no institution {only}")
    return is_sound


def _tell(slug: str, verdict: Verdict) -> None:
    if verdict.finding is not None:
        click.secho(f"{slug}: BROKEN: {verdict.finding}", fg="red", err=True)
    else:
        figures = f"{verdict.head.number} blocks, {verdict.entries} entries"
        click.echo(f"{slug}: sound, {figures}, {verdict.anchors} anchors")
    if verdict.unsealed:
        click.secho(f"{slug}: {verdict.unsealed} entries wait too long for their seal", fg="yellow")
    if verdict.set_aside:
        click.secho(f"{slug}: {verdict.set_aside} anchors set aside by a restore", fg="yellow")


@click.group("outbox")
def outbox_group() -> None:
    """What the worker sends after a commit."""


@outbox_group.command("parked")
@with_appcontext
def show_parked() -> None:
    """List what was tried too often and is given up until somebody looks."""
    count = 0
    for slug, session in each_institution():
        for entry in run_unit(session, partial(list_parked, session), is_read_only=True):
            count += 1
            tried = f"{entry.attempts} attempts since {entry.created_at:%Y-%m-%d %H:%M} UTC"
            click.echo(f"{slug} {entry.id}: {entry.kind}, {tried}, {entry.last_error}")
    click.echo(f"{count} parked")


@outbox_group.command("retry")
@click.argument("institution")
@click.argument("entry", type=click.IntRange(1, 2**31 - 1))
@with_appcontext
def retry_entry(institution: str, entry: int) -> None:
    """Have a parked ENTRY of an INSTITUTION tried again from the start."""
    for slug, session in each_institution():
        if slug == institution:
            try:
                run_unit(session, partial(retry_parked, session, entry, now=runtime().clock.now()))
            except NotFound:
                raise click.ClickException(f"{slug} has no parked entry {entry}") from None
            click.echo(f"{slug} {entry}: will be tried again")
            return
    raise click.UsageError(f"there is no institution {institution}")


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def backup_command(folder: Path) -> None:
    """Copy the database and attached files into FOLDER while the portal goes on working."""
    config = runtime().config
    try:
        # The true time, also where the demonstration's clock was moved.
        copy, manifest = make_backup(config, current_keys(), folder, _true_time())
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{copy}: {sum(manifest.rows.values())} rows, {manifest.size} bytes, checked")
    if manifest.files is not None:
        files = manifest.files
        click.echo(f"{copy.with_name(files.file)}: {files.count} files, {files.size} bytes")
    click.secho(KEYS_WARNING.format(path=config.keys_file), fg="red", bold=True, err=True)


def _true_time() -> datetime:
    return runtime().clock.source().astimezone(UTC)


@click.command("restore")
@click.argument("copy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose the rows that the database has now.")
@with_appcontext
def restore_command(copy: Path, replace: bool) -> None:
    """Put COPY and the files beside it back as all there is; stop the portal first."""
    config, keys = runtime().config, current_keys()
    db.engine.dispose()
    try:
        manifest = restore_backup(config, copy, replacing=replace)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Restored the copy of {manifest.made_at:%Y-%m-%d %H:%M} UTC,")
    click.echo(f"schema {manifest.revision or 'without revision'}.")
    missing = manifest.missing_keys(keys)
    for lack in missing:
        click.secho(f"ATTENTION: {config.keys_file} lacks {lack}.", fg="red", bold=True, err=True)
    if missing:
        click.secho("Personal text stays unreadable until the right keys are back.", err=True)
    else:
        _accept_loss()
    if not verify_all():
        raise SystemExit(1)


def _accept_loss() -> None:
    """Say what the anchors knew beyond the copy, and let them bind up to it only."""
    for slug, session in each_institution():
        now = runtime().clock.now()
        work = partial(
            accept_restore, session, anchors_folder(runtime().config), current_keys(), now
        )
        head, lost = run_unit(session, work, is_read_only=True)
        if lost:
            known = f"{lost} later anchors show that there was more"
            click.secho(f"{slug}: the copy ends with block {head.number}; {known}", fg="yellow")


COMMANDS: tuple[click.Command, ...] = (
    keys_group,
    ledger_group,
    outbox_group,
    backup_command,
    restore_command,
)
