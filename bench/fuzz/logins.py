"""SASL exchanges of all mechanisms: right ones, and those that nearly are.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from bench.fuzz import keys
from bench.fuzz.chance import Chance
from bench.fuzz.mutations import mutate_bytes
from bench.fuzz.words import address, word

__all__ = ["exchange", "wrong_exchange"]

_MECHANISMS = ("PLAIN", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256", "ANONYMOUS")
_NONCES = ("fyko+d2lbbFgONRv9qkxdawL", "a", "~!+-", "0" * 300)
_ODD_FIRSTS = (
    "n,,n=juliet,r=", "n,,n=,r=a", "n,,n=juliet", "y,,n=juliet,r=a", "p=tls-unique,,n=juliet,r=a",
    "p=,,n=juliet,r=a", "n,a=romeo,n=juliet,r=a", "n,a=juliet@localhost,n=juliet,r=a", "n,,m=x,n=juliet,r=a",
    "n,,n=juliet,r=a,x=y", "n,,n=juliet,r=a,b", "n,,n=jul=2Ciet,r=a", "n,,n=jul=3Diet,r=a", "n,,n=jul=2ciet,r=a",
    "n,,n=jul=iet,r=a", "n,,n=JULIET,r=a", "n,,n=\u0221,r=a", "n,,n=juli\u00adet,r=a", "n,,n=juliet,r=\u00e9",
    "n,,n=juliet,r=a\0", ",,n=juliet,r=a", "n,,n=" + "j" * 2000 + ",r=a", "n,,n=nobody,r=a", "n,,n=@,r=a",
    "n,,r=a,n=juliet", "n,,n=juliet,r=a," + "x=y," * 400,
)  # fmt: skip
_ODD_PLAINS = (
    "", "\0", "\0\0", "\0juliet\0", "\0\0capulet", "juliet\0juliet\0capulet", "juliet@localhost\0juliet\0capulet",
    "romeo@localhost\0juliet\0capulet", "\0juliet\0capulet\0", "\0JULIET\0capulet", "\0juliet\0Capulet",
    "\0nobody\0capulet", "\0juliet@localhost\0capulet", "\0\u0221\0capulet", "\0juliet\0\u0221",
    "\0juliet\0capu\u00adlet", "\0juliet\0" + "c" * 1100, "@\0juliet\0capulet", "\0" + "j" * 1100 + "\0capulet",
    "\0juliet\0capulet ",
)  # fmt: skip


def exchange(chance: Chance, anonymous: bool = True) -> tuple[str, list[str]]:
    """A mechanism and the texts of its elements that log juliet in, the first that of ``<auth/>``; "" is none."""
    mechanism = chance.choice(_MECHANISMS if anonymous else _MECHANISMS[:-1])
    if mechanism == "ANONYMOUS":
        return mechanism, [_coded(chance.choice(("", "trace", "\u00e9")))]
    if mechanism == "PLAIN":
        authzid = chance.choice(("", "", "juliet@localhost"))
        messages = [f"{authzid}\0juliet\0{keys.PASSWORD}"]
    else:
        nonce = chance.choice(_NONCES)
        header = chance.choice(("n,,", "n,,", "y,,"))
        first = f"{header}n=juliet,r={nonce}"
        messages = [first, keys.final_message(mechanism, first, nonce)]
    texts = [_coded(message) for message in messages]
    return mechanism, ["", *texts] if chance.random() < 0.2 else texts


def wrong_exchange(chance: Chance) -> tuple[str, list[str]]:
    """The same with something changed, which may still be right."""
    mechanism, texts = exchange(chance)
    at = chance.randrange(len(texts))
    roll = chance.random()
    if roll < 0.1:
        return chance.choice(("", "plain", "SCRAM-SHA-1-PLUS", "EXTERNAL", "x" * 300, *_MECHANISMS)), texts
    if roll < 0.2:
        texts[at] = chance.choice(
            ("=", "==", "AA=", "AB==", "A A=", "\u00e9", "AA==\n", "/w==", "AGp1", word(chance))
        )
    elif roll < 0.3:
        texts[at] = mutate_bytes(texts[at].encode(), chance).decode("utf-8", "replace").replace("\0", "")
    elif roll < 0.4:
        texts.insert(at, texts[at]) if chance.random() < 0.5 else texts.pop(at)
    elif mechanism == "PLAIN":
        parts = [
            chance.choice(("", address(chance))),
            chance.choice(("juliet", address(chance), word(chance))),
            word(chance),
        ]
        texts[-1] = _coded(chance.choice((*_ODD_PLAINS, "\0".join(parts))))
    else:
        texts[at] = _coded(chance.choice(_ODD_FIRSTS)) if at == 0 else _changed(texts[at], chance)
    return mechanism, texts


def _changed(text: str, chance: Chance) -> str:
    """Base64 whose content is changed."""
    padding = "=" * (-len(text) % 4)
    try:
        data = b64decode(text + padding)
    except ValueError:
        return text
    return b64encode(mutate_bytes(data, chance)).decode()


def _coded(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogatepass")).decode()
