"""The configuration: what each source may say, which one wins, and the sentence for everything that is wrong."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.config import Account, Component, Config, load
from rosterkit.control_settings import web_address
from rosterkit.errors import ConfigError
from rosterkit.limits import LIMITS
from rosterkit.options import MAX_FILE_BYTES, OPTIONS


def refusal(environ: dict[str, str] | None = None, **options: object) -> str:
    """The sentence with which these options (``_`` for ``-``) are refused."""
    named = {name.replace("_", "-"): value for name, value in options.items()}
    with pytest.raises(ConfigError) as caught:
        load(named, environ or {})
    return str(caught.value)


@pytest.fixture
def toml(tmp_path: Path):
    """Writes a configuration file and gives the option that names it."""

    def write(text: str | bytes) -> dict[str, str]:
        path = tmp_path / "rosterkit.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return {"config": str(path)}

    return write


def toml_refusal(given: dict[str, str]) -> str:
    """The sentence with which a configuration file is refused; it names the file."""
    sentence = refusal(**given)
    assert given["config"] in sentence
    return sentence


class TestDefaults:
    """What nothing says."""

    def test_nothing_given_is_the_default(self):
        """An empty command line gives the documented defaults."""
        assert load({}, {}) == Config()
        assert Config().domains == ("localhost",)
        assert (Config().c2s_port, Config().tls_port, Config().component_port) == (5222, 5223, None)

    def test_what_was_not_given_does_not_count(self):
        """None, False and an empty list are what parsers leave for options that were not given."""
        empty = {option.name: None for option in OPTIONS} | {"registration": False, "account": []}
        assert load(empty, {}) == Config()

    def test_every_option_reaches_the_configuration(self, tmp_path: Path):
        """No option of the list is forgotten: each one changes the configuration."""
        (tmp_path / "accounts").write_text("nurse:x")
        (tmp_path / "components").write_text("b.test:x")
        (tmp_path / "more.toml").write_text("history = 7")
        (tmp_path / "token").write_text("a-long-token\n")
        values: dict[str, object] = {
            "domain": ["a.test"],
            "account": ["juliet:x"],
            "accounts": str(tmp_path / "accounts"),
            "db": str(tmp_path / "db"),
            "durability": "full",
            "c2s-port": "1",
            "tls-port": "none",
            "cert": "c",
            "key": "k",
            "ca-file": str(tmp_path / "ca.pem"),
            "interface": "::1",
            "ready-file": str(tmp_path / "ready"),
            "component-port": "0",
            "component": ["c.test:x"],
            "components": str(tmp_path / "components"),
            "websocket-port": "0",
            "websocket-tls-port": "0",
            "control-port": "0",
            "control-token-file": str(tmp_path / "token"),
            "journal": "1000",
            "contacts": str(tmp_path / "contacts.toml"),
            "registration": True,
            "anonymous": True,
            "allow-plaintext": True,
            "no-versioning": True,
            "no-pre-approval": True,
            "history": "1",
            "max-stanza": "10000",
            "config": str(tmp_path / "more.toml"),
        } | {limit.option: str(limit.high) for limit in LIMITS}
        together = {"cert": {"key": "k"}, "key": {"cert": "c"}}
        together |= {name: {"component-port": "0"} for name in ("component", "components")}
        together["durability"] = {"db": str(tmp_path / "db")}
        assert values.keys() == {option.name for option in OPTIONS}
        for name, value in values.items():
            base = together.get(name, {})
            assert load(base | {name: value}, {}) != (load(base, {}) if name not in ("cert", "key") else Config()), (
                name
            )

    def test_secrets_are_not_shown(self):
        """A configuration in a log or a traceback holds no password and no secret."""
        config = load({"account": ["juliet:hush1"], "component": ["c.test:hush2"], "component-port": "0"}, {})
        assert "hush" not in f"{config!r} {config!s} {config.accounts} {config.components}"

    def test_it_is_frozen(self):
        """A configuration cannot change under a running server."""
        with pytest.raises(dataclasses.FrozenInstanceError):
            Config().history = 1  # type: ignore[misc]


class TestNumbers:
    """Ports, history and the longest stanza."""

    @pytest.mark.parametrize("value", ["", "-1", "65536", "x", "1.5", "0x10", " 1", "1_0", "٥", "9" * 5000])
    @pytest.mark.parametrize("name", ["c2s-port", "tls-port", "component-port"])
    def test_a_port_is_a_whole_number(self, name: str, value: str):
        """What is not a port is refused with its option, its value and the range."""
        sentence = refusal(**{name: value})
        assert sentence.startswith(f"--{name} is ")
        assert value[:50] in sentence
        assert "0 to 65535 (0 for any free port)" in sentence
        assert len(sentence) < 250

    def test_tls_can_be_switched_off(self):
        """The word none switches direct TLS off, and the sentence for a wrong port says so."""
        assert load({"tls-port": "none"}, {}).tls_port is None
        assert "or none" in refusal(tls_port="off")
        assert "none" not in refusal(c2s_port="none").replace("'none'", "")

    def test_two_listeners_need_two_ports(self):
        """One number for two ports is refused with both names; 0 is as good as two."""
        assert "--c2s-port and --tls-port are both 7000" in refusal(c2s_port="7000", tls_port="7000")
        assert "--c2s-port and --component-port are both 5222" in refusal(component_port="5222")
        ports = {"websocket-port": "7000", "websocket-tls-port": "7000"}
        assert "--websocket-port and --websocket-tls-port are both 7000" in refusal(**ports)
        assert load({"c2s-port": "0", "tls-port": "0"}, {}).tls_port == 0

    def test_max_stanza_has_the_least_of_the_rfc(self):
        """RFC 6120 §13.12: a limit under 10,000 bytes is refused."""
        assert load({"max-stanza": "10000"}, {}).max_stanza == 10_000
        assert "from 10000 to" in refusal(max_stanza="9999")
        assert "from 10000 to" in refusal(max_stanza="99999999999")

    def test_durability_is_one_of_two_words(self, tmp_path: Path):
        """What a change survives is process or full; full without a database promises what cannot be kept."""
        db = {"db": str(tmp_path / "db")}
        assert load(db, {}).durability == load({"durability": "process"}, {}).durability == "process"
        assert load(db | {"durability": "full"}, {}).durability == "full"
        assert "--durability is 'disk'; it takes process or full" in refusal(durability="disk")
        assert "add --db PATH" in refusal(durability="full")

    def test_history_may_be_nothing(self):
        """0 keeps no versions; a million is the most."""
        assert load({"history": "0"}, {}).history == 0
        assert "from 0 to 1000000" in refusal(history="1000001")


class TestAddresses:
    """Interfaces, domains, accounts and components."""

    def test_the_interface_is_an_ip_address(self):
        """A host name is refused, with examples of what is taken."""
        assert load({"interface": "::0:1"}, {}).interface == "::1"
        assert "takes an IP address, such as 127.0.0.1" in refusal(interface="localhost")

    def test_domains_are_prepared(self):
        """Domains are compared and kept as RFC 6122 prepares them."""
        assert load({"domain": ["EXAMPLE.test.", "Bücher.test"]}, {}).domains == ("example.test", "bücher.test")

    @pytest.mark.parametrize(
        ("domain", "said"),
        [("", "--domain"), ("a b", "host name"), ("romeo@a.test", "domain alone"), ("a.test/x", "domain alone")],
    )
    def test_a_domain_is_a_domain(self, domain: str, said: str):
        """What is not a domain is refused with the name of the option."""
        sentence = refusal(domain=[domain])
        assert sentence.startswith("--domain")
        assert said in sentence

    def test_a_domain_comes_once(self):
        """The same domain twice is refused, compared as prepared."""
        assert "names a.test twice" in refusal(domain=["a.test", "A.TEST"])

    def test_accounts_are_prepared_and_get_the_first_domain(self):
        """A name without @ is at the first domain; the password is kept as it is, colons and all."""
        options = {"domain": ["a.test", "b.test"], "account": ["Juliet:o:Romeo ", "nurse@B.test:x"]}
        assert load(options, {}).accounts == (Account("juliet@a.test", "o:Romeo "), Account("nurse@b.test", "x"))

    def test_an_address_may_be_ipv6(self):
        """The colons of an IPv6 domain do not end the address."""
        config = load({"domain": ["[::1]"], "account": ["juliet@[::1]:a:b"]}, {})
        assert config.accounts == (Account("juliet@[::1]", "a:b"),)

    @pytest.mark.parametrize(
        ("account", "said"),
        [
            ("hush", "takes NAME[@DOMAIN]:PASSWORD"),
            (":hush", "takes NAME[@DOMAIN]:PASSWORD"),
            ("[:hush", "takes NAME[@DOMAIN]:PASSWORD"),
            ("juliet:", "nothing after its colon"),
            ("ju liet:hush", "'ju liet'"),
            ("@localhost:hush", "nothing before its '@'"),
            ("juliet@:hush", "--account"),
            ("juliet@localhost/balcony:hush", "has a resource"),
            ("juliet/balcony:hush", "has a resource"),
            ("juliet@a.test:hush", "juliet@a.test is at a domain that is not served; --domain has localhost"),
            ("juliet:hush\0", "NUL"),
            ("juliet:hush" + "h" * 1020, "longer than 1023 bytes"),
            ("juliet:hush\udcff", "not UTF-8"),
            ("juliet\udcff:hush", "--account"),
            ("j" * 1024 + ":hush", "longer than 1023 bytes"),
        ],
    )
    def test_a_wrong_account_is_refused_without_its_password(self, account: str, said: str):
        """The sentence says which account and why, and never the password."""
        sentence = refusal(account=[account])
        assert sentence.startswith("--account")
        assert said in sentence
        assert "hush" not in sentence

    def test_an_account_comes_once(self, tmp_path: Path):
        """Accounts of all sources are added up; one that is there twice is refused with both places."""
        path = tmp_path / "accounts"
        path.write_text("# the house of Capulet\n\n  nurse:x\r\nJULIET:y\n")
        sentence = refusal(account=["juliet:hush"], accounts=str(path))
        assert f"juliet@localhost is set twice, in --account and in {path}, line 4" in sentence
        assert "hush" not in sentence

    def test_the_sources_of_accounts_add_up(self, tmp_path: Path):
        """Option, file and environment: passwords keep their inner and final spaces and their #."""
        path = tmp_path / "accounts"
        path.write_bytes("\ufeffnurse: a#b \r\n#no:one\nrömeo:ö".encode())
        config = load({"account": ["juliet:x"], "accounts": str(path)}, {"ROSTERKIT_ACCOUNTS": "paris:p\n# no\n"})
        assert config.accounts == (
            Account("juliet@localhost", "x"),
            Account("nurse@localhost", " a#b "),
            Account("römeo@localhost", "ö"),
            Account("paris@localhost", "p"),
        )

    def test_a_place_in_a_file_has_a_line(self, tmp_path: Path):
        """A wrong entry of a file or a variable is found by its line."""
        path = tmp_path / "accounts"
        path.write_text("nurse:x\n\nhush\n")
        sentence = refusal(accounts=str(path))
        assert f"{path}, line 3:" in sentence
        assert "hush" not in sentence
        assert "ROSTERKIT_ACCOUNTS, line 2:" in refusal({"ROSTERKIT_ACCOUNTS": "a:b\nhush"})
        assert "ROSTERKIT_COMPONENTS, line 1:" in refusal({"ROSTERKIT_COMPONENTS": "hush"}, component_port="0")

    def test_components_have_a_domain_and_a_secret(self, tmp_path: Path):
        """Components come from the same three sources as accounts."""
        path = tmp_path / "components"
        path.write_text("b.test:s:2\n")
        options = {"component-port": "0", "component": ["A.test:s1"], "components": str(path)}
        config = load(options, {"ROSTERKIT_COMPONENTS": "c.test:s3"})
        assert config.components == (Component("a.test", "s1"), Component("b.test", "s:2"), Component("c.test", "s3"))

    @pytest.mark.parametrize(
        ("component", "said"),
        [
            ("hush", "takes DOMAIN:SECRET"),
            ("romeo@c.test:hush", "domain alone"),
            ("localhost:hush", "localhost is a --domain and a component's domain too"),
            ("c.test:", "nothing after its colon"),
        ],
    )
    def test_a_wrong_component_is_refused(self, component: str, said: str):
        """The sentence says which component and why, and never the secret."""
        sentence = refusal(component=[component], component_port="0")
        assert said in sentence
        assert "hush" not in sentence

    def test_a_component_comes_once(self):
        """One domain has one component."""
        assert "c.test is set twice" in refusal(component=["c.test:a", "C.test:b"], component_port="0")

    def test_a_component_needs_a_port(self):
        """A component without a port says which option to add."""
        assert "add --component-port N" in refusal(component=["c.test:x"])


class TestFiles:
    """Paths, and the files that are read."""

    def test_cert_and_key_belong_together(self):
        """One of the two alone is refused with the name of the other."""
        assert "--key is missing" in refusal(cert="c.pem")
        assert "--cert is missing" in refusal(key="k.pem")

    def test_a_certificate_of_ones_own_leaves_no_test_ca(self, tmp_path: Path):
        """--ca-file beside --cert has no meaning, so it is refused."""
        assert "no test CA" in refusal(cert="c", key="k", ca_file=str(tmp_path / "ca.pem"))

    def test_paths_are_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """A daemon that changes its folder still finds its files."""
        monkeypatch.chdir(tmp_path)
        assert load({"db": "x.db"}, {}).db == tmp_path / "x.db"

    @pytest.mark.parametrize("name", ["db", "ca-file", "ready-file"])
    def test_a_new_file_needs_a_folder(self, name: str, tmp_path: Path):
        """A path that cannot be written is refused before anything listens."""
        assert f"--{name} is {tmp_path}/no/x, but there is no folder {tmp_path}/no" in refusal(
            **{name: f"{tmp_path}/no/x"}
        )
        assert "is a folder" in refusal(**{name: str(tmp_path)})
        assert "not empty" in refusal(**{name: ""})
        assert "not empty" in refusal(**{name: "a\0b"})
        assert "File name too long" in refusal(**{name: str(tmp_path / ("x" * 5000))})

    def test_memory_is_no_path(self):
        """SQLite's name for a database in memory is refused instead of becoming a file."""
        assert "leave it out" in refusal(db=":memory:")

    @pytest.mark.parametrize("name", ["accounts", "components", "config"])
    def test_a_file_has_to_be_readable(self, name: str, tmp_path: Path):
        """What cannot be read is refused with option, path and the reason of the system."""
        missing = refusal(**{name: str(tmp_path / "none")})
        assert f"--{name}: {tmp_path}/none cannot be read: No such file or directory." in missing
        assert "Is a directory" in refusal(**{name: str(tmp_path)})
        (tmp_path / "bad").write_bytes(b"# fine\n#\xff\n")
        assert f"{tmp_path}/bad is not UTF-8: see line 2" in refusal(**{name: str(tmp_path / "bad")})

    def test_a_file_without_an_end_is_refused(self):
        """A device or a wrong file does not fill the memory."""
        assert f"longer than {MAX_FILE_BYTES} bytes" in refusal(accounts="/dev/zero")

    def test_accounts_may_come_through_a_pipe(self):
        """A shell can hand secrets over without a file: --accounts <(command)."""
        reading, writing = os.pipe()
        os.write(writing, b"juliet:x\n")
        os.close(writing)
        try:
            assert load({"accounts": f"/dev/fd/{reading}"}, {}).accounts == (Account("juliet@localhost", "x"),)
        finally:
            os.close(reading)


class TestToml:
    """The file of --config: the same names, checked as strictly, overridden by the command line."""

    def test_it_has_the_same_names(self, toml, tmp_path: Path):
        """Names may be written with - or _; a repeatable one takes a text or a list; paths start at the file."""
        config = load(
            toml(
                """
                domain = ["a.test", "b.test"]
                account = "juliet:x"
                c2s_port = 0
                tls-port = "none"
                db = "kept.db"
                no-versioning = true
                no-pre-approval = false
                """
            ),
            {},
        )
        assert config == Config(
            domains=("a.test", "b.test"),
            accounts=(Account("juliet@a.test", "x"),),
            c2s_port=0,
            tls_port=None,
            db=tmp_path / "kept.db",
            versioning=False,
        )

    def test_the_command_line_overrides_it_key_by_key(self, toml):
        """What the command line sets replaces the file's value, a whole list too; the rest stays."""
        given = toml('domain = ["a.test"]\naccount = ["juliet:x"]\nhistory = 7')
        config = load(given | {"domain": ["b.test"], "account": ["nurse:y"]}, {})
        assert (config.domains, config.accounts, config.history) == (("b.test",), (Account("nurse@b.test", "y"),), 7)

    def test_an_unknown_key_is_refused_with_the_nearest(self, toml):
        """The sentence names file and key, the nearest name and all of them."""
        sentence = toml_refusal(toml("max_stanzas = 1"))
        assert "'max_stanzas' is no option. Did you mean max-stanza? There are: domain, account," in sentence
        assert "Did you mean" not in toml_refusal(toml("zzz = 1"))
        assert "'server'" in toml_refusal(toml("[server]\nhistory = 1"))

    def test_a_file_does_not_name_another(self, toml):
        """The key config is no option of a file, and not offered as one."""
        assert not re.search(r"[:,] config[,.]", toml_refusal(toml('config = "x"')))

    def test_a_key_comes_once_in_any_spelling(self, toml):
        """Both spellings of one name in one file are refused."""
        assert "sets c2s-port twice" in toml_refusal(toml("c2s-port = 1\nc2s_port = 2"))

    def test_a_mistake_in_toml_has_line_and_column(self, toml):
        """What TOML itself forbids is refused with its place."""
        assert "line 2, column" in toml_refusal(toml("history = 1\nhistory == 2"))
        assert "line 2, column" in toml_refusal(toml("history = 1\nhistory = 2\n"))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('c2s-port = "x"', "c2s-port in"),
            ("c2s-port = true", "is True"),
            ("c2s-port = 1.0", "is 1.0"),
            ("c2s-port = 70000", "from 0 to 65535"),
            ("c2s-port = -1", "from 0 to 65535"),
            ("history = 99999999999999999999999", "from 0 to 1000000"),
            ("history = " + "9" * 5000, "too long"),
            ("history = 0x" + "f" * 9000, "far too large"),
            ("history = [0x" + "f" * 9000 + "]", "far too large"),
            ("registration = 1", "true or false"),
            ('registration = "yes"', "true or false"),
            ("db = 1", "takes a text"),
            ('db = "no/x.db"', "no folder"),
            ("domain = 1", "neither a text nor a list"),
            ("domain = []", "at least one domain"),
            ('domain = ["a.test", 1]', "neither a text nor a list"),
            ('account = {juliet = "hush"}', "account in"),
            ('account = [["juliet", "hush"]]', "account in"),
            ('account = ["hush"]', "takes NAME[@DOMAIN]:PASSWORD"),
            ("interface = 2020-01-01", "takes a text"),
            ("a = " + "[" * 20_000, "nested too deeply"),
        ],
    )
    def test_a_wrong_value_is_refused(self, toml, text: str, said: str):
        """Types and ranges are those of the command line; the sentence names key, file and what is allowed."""
        sentence = toml_refusal(toml(text))
        assert said in sentence
        assert "hush" not in sentence
        assert len(sentence) < 500

    @given(
        st.dictionaries(
            st.sampled_from([option.name for option in OPTIONS if option.name not in ("accounts", "components")])
            | st.text(max_size=8),
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=20)
            | st.lists(st.text(max_size=20) | st.integers(), max_size=3),
            max_size=4,
        )
    )
    def test_whatever_it_gets_it_answers_with_a_sentence(self, values: dict[str, object]):
        """Any values for any options give a configuration or a ConfigError, nothing else."""
        try:
            load({name: value for name, value in values.items() if name != "config"}, {})
        except ConfigError as error:
            assert str(error).endswith(".")


class TestControl:
    """The control API."""

    def test_a_port_has_an_address(self):
        """An IPv6 address stands in brackets."""
        assert web_address({"host": "127.0.0.1", "port": 5}) == "http://127.0.0.1:5"
        assert web_address({"host": "::1", "port": 5}) == "http://[::1]:5"
        assert web_address({"host": "::1", "port": 5}, "ws") == "ws://[::1]:5"

    def test_contacts_are_not_forgotten_without_a_word(self, tmp_path: Path):
        """They live by what is remembered: without a journal there are none, and that is refused."""
        contacts = str(tmp_path / "contacts.toml")
        assert load({"contacts": contacts}, {}).journal
        assert "--journal 0" in refusal(contacts=contacts, journal="0")

    def test_with_it_something_is_remembered(self):
        """Its journal has 4 MiB for each network unless somebody says otherwise; without it there is none."""
        assert load({"control-port": "0"}, {}).journal == 4 * 1024 * 1024
        assert load({"control-port": "0", "journal": "5000"}, {}).journal == 5000
        assert load({}, {}).journal == 0

    @pytest.mark.parametrize("interface", ["0.0.0.0", "::", "192.0.2.1"])
    def test_elsewhere_than_on_loopback_it_needs_a_token(self, interface: str):
        """Whoever reaches the machine could do everything; the sentence says what to add."""
        with pytest.raises(ConfigError, match="needs a token: add --control-token-file"):
            load({"control-port": "0", "interface": interface}, {})
        config = load({"control-port": "0", "interface": interface}, {"ROSTERKIT_CONTROL_TOKEN": "12345678"})
        assert config.control_token == "12345678"
        assert "12345678" not in repr(config)

    @pytest.mark.parametrize("token", ["short", "with a space", "snowman-\u2603", "x" * 1024, "line\nbreak"])
    def test_a_token_is_something_that_a_header_can_carry(self, token: str):
        """The sentence says what a token is and never what stands there."""
        with pytest.raises(ConfigError, match="8 to 1023 printable ASCII") as refused:
            load({"control-port": "0"}, {"ROSTERKIT_CONTROL_TOKEN": token})
        assert token not in str(refused.value)

    def test_one_token_is_enough(self, tmp_path: Path):
        """A file and the environment at once is a mistake."""
        (tmp_path / "token").write_text("12345678")
        with pytest.raises(ConfigError, match="both give a token"):
            load({"control-token-file": str(tmp_path / "token")}, {"ROSTERKIT_CONTROL_TOKEN": "12345678"})


class TestWebSocket:
    """The ports for WebSocket."""

    def test_they_are_off_unless_somebody_opens_them(self):
        """Both take a port like the others, and none is no port."""
        assert load({}, {}).websocket_port is load({}, {}).websocket_tls_port is None
        config = load({"websocket-port": "0", "websocket-tls-port": "7001"}, {})
        assert (config.websocket_port, config.websocket_tls_port) == (0, 7001)

    @pytest.mark.parametrize("interface", ["0.0.0.0", "::", "192.0.2.1"])
    def test_passwords_do_not_leave_the_machine_in_plain_text(self, interface: str):
        """There is no STARTTLS on WebSocket, so somebody has to say it twice; the sentence says both ways out."""
        said = refusal(**{"websocket-port": "0", "interface": interface})
        assert f"--websocket-port on {interface}, which is not loopback" in said
        assert "use --websocket-tls-port instead, or add --allow-plaintext" in said
        assert load({"websocket-port": "0", "interface": interface, "allow-plaintext": True}, {}).websocket_port == 0
        assert load({"websocket-tls-port": "0", "interface": interface}, {}).websocket_tls_port == 0

    @pytest.mark.parametrize("interface", ["127.0.0.1", "127.8.9.1", "::1"])
    def test_on_loopback_they_may(self, interface: str):
        """Nobody else can listen there."""
        assert load({"websocket-port": "0", "interface": interface}, {}).websocket_port == 0
