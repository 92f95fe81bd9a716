"""The demonstration's page of messages: what a message links to can be followed there."""

from portal.messages.views import link_addresses


def test_address_is_a_link_though_chinese_runs_into_it() -> None:
    linked = link_addresses("要這個時間請點：http://a.test/o/1/ab12/")
    assert linked == (
        '要這個時間請點：<a href="http://a.test/o/1/ab12/">http://a.test/o/1/ab12/</a>'
    )


def test_sentence_goes_on_after_the_address() -> None:
    assert link_addresses("http://a.test/x/。再說") == (
        '<a href="http://a.test/x/">http://a.test/x/</a>。再說'
    )


def test_what_people_typed_stays_text() -> None:
    assert link_addresses('<b>http://a.test/"x') == (
        '&lt;b&gt;<a href="http://a.test/">http://a.test/</a>&#34;x'
    )
