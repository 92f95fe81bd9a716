"""The course of a matter in browsers, step by step: by those who work at it, and by the person."""

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor


def take_down(clerk: Visitor, kind: str, *, channel: str, **account: str) -> None:
    """Hear and ask; afterwards it is read back, or what is missing is said."""
    clerk.go(f"work/matters/add/{kind}/")
    clerk.main.locator(f"[name=channel][value={channel}]").check()
    clerk.fill(**account)
    clerk.press("Take it down")


def record(clerk: Visitor, way: str = "word") -> str:
    """The person agrees with what was read back; returns the path of the matter's page."""
    clerk.main.locator(f"[name=way][value={way}]").check()
    clerk.press("Record it")
    expect(clerk.title).to_have_text(clerk.say("Report it to the unit"))
    return clerk.page.url.split(f"/{clerk.slug}/")[1].removesuffix("report/")


def own_page(clerk: Visitor, at: str) -> str:
    """The path of the page that the person sees."""
    clerk.go(at)
    page = clerk.find_own_page()
    # Staff are shown no address by which they could act as the person.
    assert clerk.addresses(f"a[href*='{page}']") == []
    return page


def refer(giver: Visitor, at: str, *, number: str, words: str, papers: str = "") -> None:
    """Offer it to a colleague."""
    giver.go(at)
    giver.follow("Refer it")
    giver.choose_colleague(number)
    giver.fill(words=words, papers=papers)
    giver.press("Offer it to the colleague")


def open_offer(taker: Visitor, title: str) -> None:
    """Find what one is offered at the desk, and read it."""
    taker.go("work/desk/?tab=offered")
    taker.main.get_by_role("link", name=title).click()


def give_back(taker: Visitor, words: str) -> None:
    """Return what one has opened."""
    taker.follow("Return it")
    taker.fill(words=words)
    taker.press("Return it")


def accept(taker: Visitor) -> None:
    """Take what one has opened."""
    taker.press("Accept it")
    taker.sees("Accepted. It is in your hands.")


def pause(holder: Visitor, words: str) -> None:
    """It cannot go on for a reason."""
    holder.follow("Pause")
    holder.fill(words=words)
    holder.press("Pause it")


def finish(holder: Visitor, at: str, words: str) -> None:
    """Say what came of it."""
    holder.go(at)
    holder.follow("Say that it is done")
    holder.fill(words=words)
    holder.press("It is done")


def feed_back(clerk: Visitor, at: str) -> None:
    """The result is back with whoever took the matter up."""
    clerk.go(at)
    clerk.press("I have the result")


def tell(clerk: Visitor, words: str, way: str) -> None:
    """Tell the person."""
    clerk.follow("Tell the person")
    clerk.fill(words=words)
    clerk.main.locator(f"[name=way][value={way}]").check()
    clerk.press("The person is told")


def reopen(person: Visitor, words: str) -> None:
    """The person says that it is not solved."""
    person.follow("It is not solved")
    person.fill(words=words)
    person.press("Open it again")
    person.sees("Written down. It stands on this page.")


def say_solved(person: Visitor) -> None:
    """The person says that it is solved, and nothing is left to be said about it."""
    person.press("It is solved")
    person.sees("Thank you. The matter is closed.")
    expect(stands(person)).to_contain_text(person.say("Concluded"))


def stands(person: Visitor) -> Locator:
    """How a matter stands, as its page says."""
    return person.main.locator(".stands")
