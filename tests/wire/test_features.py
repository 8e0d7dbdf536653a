"""What is offered, by setting and phase."""

from __future__ import annotations

import pytest
from lxml import etree
from stream_ends import Host

from rosterkit.wire.features import after_login, before_login
from rosterkit.wire.passwords import derive, without_keys


def names(features: bytes) -> list[str]:
    """The local names of the children; any white space between them fails."""
    root = etree.fromstring(features.replace(b"<stream:features", b"<features").replace(b"</stream:", b"</"))
    assert root.text is None
    assert all(child.tail is None for child in root)
    return [etree.QName(child).localname for child in root]


@pytest.mark.parametrize("secured", [True, False])
@pytest.mark.parametrize("starttls", [True, False])
@pytest.mark.parametrize("allow_plaintext", [True, False])
@pytest.mark.parametrize("registration", [True, False])
def test_before_login(secured: bool, starttls: bool, allow_plaintext: bool, registration: bool) -> None:
    """TLS while there is none and a certificate is there; SASL and registration where a password may travel."""
    settings = Host(starttls=starttls, allow_plaintext=allow_plaintext, registration=registration).settings
    offered = before_login(settings, secured)
    assert ("starttls" in names(offered)) is (starttls and not secured)
    assert (b"<required/>" in offered) is (starttls and not secured and not allow_plaintext)
    assert ("mechanisms" in names(offered)) is (secured or allow_plaintext)
    assert ("register" in names(offered)) is (registration and (secured or allow_plaintext))


@pytest.mark.parametrize("anonymous", [True, False])
def test_the_mechanisms(anonymous: bool) -> None:
    """The best first; ANONYMOUS is the last, where it is switched on."""
    offered = before_login(Host(anonymous=anonymous).settings, True)
    root = etree.fromstring(offered.replace(b"stream:", b""))
    assert [name.text for name in root[0]] == ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] + ["ANONYMOUS"] * anonymous


@pytest.mark.parametrize("versioning", [True, False])
@pytest.mark.parametrize("pre_approval", [True, False])
def test_after_login(versioning: bool, pre_approval: bool) -> None:
    """Bind and session always; versioning (RFC 6121 §2.6.1) and pre-approval (§3.4) where they are switched on."""
    settings = Host(versioning=versioning, pre_approval=pre_approval).settings
    assert names(after_login(settings)) == ["bind", "session"] + ["ver"] * versioning + ["sub"] * pre_approval


def test_what_some_accounts_have_no_keys_for_is_not_offered() -> None:
    """The other mechanisms are, in their order; accounts without any keys want none."""
    offered = before_login(Host(without=("SCRAM-SHA-256",)).settings, secured=True).decode()
    assert "SCRAM-SHA-256" not in offered
    assert offered.index(">SCRAM-SHA-1<") < offered.index(">PLAIN<")
    both = derive("secret", b"salt" * 4)
    old = {"SCRAM-SHA-1": both["SCRAM-SHA-1"]}
    assert without_keys([]) == without_keys([both, {}]) == ()
    assert without_keys([both, old, {}]) == ("SCRAM-SHA-256",)
    assert without_keys([old, {"SCRAM-SHA-256": both["SCRAM-SHA-256"]}]) == ("SCRAM-SHA-256", "SCRAM-SHA-1")
