"""One page from one server, on loopback: what is sent, what is followed, and every way to go wrong."""

from __future__ import annotations

import gzip
import ipaddress
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import site_server

from ragsys.errors import (
    PageError,
    PageGoneError,
    PageRedirectError,
    PageRefusedError,
    PageTimeoutError,
    PageTooLargeError,
    PageUnreachableError,
    PrivateAddressError,
)
from ragsys.ingest.web import addresses
from ragsys.ingest.web.fetching import USER_AGENT, Fetcher, Validators

SMALL = 100_000


def test_what_is_asked_and_what_comes(site, settings, monkeypatch):
    """The request names us and nobody else, no proxy of the environment is asked, and the page comes whole."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{site_server.unused_port()}")
    site.pages["/a?x=1"] = (200, {"Content-Type": "text/html; charset=GBK", "Set-Cookie": "a=b"}, b"text")
    fetcher = Fetcher(settings)
    for _ in range(2):
        page = fetcher.fetch(f"{site.url}/a?x=1")
        assert (page.url, page.data, page.kind, page.charset) == (f"{site.url}/a?x=1", b"text", "text/html", "GBK")
    assert site.requests[1].headers == {
        "host": site.url.removeprefix("http://"),
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "gzip",
        "connection": "close",
    }


def test_the_name_is_resolved_once_and_the_connection_goes_there(site, settings):
    """Between the check and the connection there is no second answer that could be another (DNS rebinding)."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    fetcher = Fetcher(replace(settings, allowed_hosts="site.example"), resolve=lambda _host, _port: answers.pop(0))
    site.pages["/"] = "hello"
    assert fetcher.fetch(f"http://site.example:{site.port}/").data == b"hello"
    assert len(answers) == 1
    assert site.requests[0].headers["host"] == f"site.example:{site.port}"


def test_a_redirect_is_resolved_and_checked_anew(site, settings, monkeypatch):
    """A name that is public at first and private a moment later is refused at the second request."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    fetcher = Fetcher(replace(settings, allowed_hosts=""), resolve=lambda _host, _port: answers.pop(0))
    site.pages["/"] = (302, {"Location": "/secret"}, b"")
    with pytest.raises(PrivateAddressError):
        fetcher.fetch(f"http://site.example:{site.port}/")
    assert site.paths == ["/"]


def test_a_redirect_to_a_private_address(site, settings):
    """The host that was allowed may not lead to another one."""
    site.pages["/"] = (302, {"Location": "http://127.0.0.1:1/"}, b"")
    allowed = replace(settings, allowed_hosts=f"localhost:{site.port}")
    fetcher = Fetcher(allowed, resolve=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(PrivateAddressError, match=r"127\.0\.0\.1"):
        fetcher.fetch(f"http://localhost:{site.port}/")


def test_nothing_is_sent_to_a_private_address(site, settings):
    """Without its name among the allowed hosts, a server on this machine is not even connected to."""
    with pytest.raises(PrivateAddressError) as refused:
        Fetcher(replace(settings, allowed_hosts="")).fetch(f"{site.url}/")
    assert "allowed_hosts" in refused.value.hint
    assert not site.requests


def test_the_second_address_is_tried(site, settings):
    """Where nobody listens at the first address of a name, the next is taken."""
    fetcher = Fetcher(
        replace(settings, allowed_hosts="site.example"), resolve=lambda _host, _port: ["127.0.0.9", "127.0.0.1"]
    )
    site.pages["/"] = "hello"
    assert fetcher.fetch(f"http://site.example:{site.port}/").data == b"hello"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site, settings, status):
    """Relative ones, too; the page says where it is."""
    site.pages["/a/b"] = (status, {"Location": "../c#part"}, b"")
    site.pages["/c"] = "hello"
    assert Fetcher(settings).fetch(f"{site.url}/a/b").url == f"{site.url}/c"


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ({"/": "/"}, "leads back"),
        ({"/": "/a", "/a": "/b", "/b": "/a"}, "leads back"),
        ({f"/{'a' * n}": f"/{'a' * (n + 1)}" for n in range(9)}, "more than 5 times"),
        ({"/": "file:///etc/passwd"}, "no address"),
        ({"/": "http://ann:secret@127.0.0.1/"}, "no address"),
        ({"/": "http://["}, "no address"),
    ],
    ids=["itself", "circle", "endless", "file", "password", "nonsense"],
)
def test_redirects_that_are_not_followed(site, settings, pages, words):
    """Circles, long chains, and out of the web."""
    site.pages |= {path: (302, {"Location": to}, b"") for path, to in pages.items()}
    with pytest.raises(PageRedirectError, match=words) as refused:
        Fetcher(settings).fetch(f"{site.url}/")
    assert "secret" not in refused.value.message
    assert len(site.requests) <= 6


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, PageGoneError), (410, PageGoneError), (401, PageRefusedError), (403, PageRefusedError),
        (451, PageRefusedError), (429, PageError), (500, PageError), (503, PageError), (206, PageError),
        (204, PageError), (304, PageError), (302, PageError),
    ],
)  # fmt: skip
def test_statuses(site, settings, status, kind):
    """Gone, refused and failing are told apart; a redirect to nowhere and a 304 that was not asked for are failures."""
    site.pages["/"] = (status, {"Content-Length": "0"}, b"")
    with pytest.raises(PageError, match=f"HTTP {status}") as refused:
        Fetcher(settings).fetch(f"{site.url}/")
    assert type(refused.value) is kind


def test_a_page_that_has_not_changed(site, settings):
    """What the server said is sent back to it, and nothing comes."""
    site.pages["/"] = (200, {"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}, b"text")
    fetcher = Fetcher(settings)
    known = fetcher.fetch(f"{site.url}/").validators
    assert known == Validators('"1"', "Tue, 24 Nov 2026 10:00:00 GMT")
    assert fetcher.fetch(f"{site.url}/", known) is None
    assert site.requests[1].headers["if-modified-since"] == known.modified
    assert fetcher.fetch(f"{site.url}/", Validators('"2"')).data == b"text"


def test_a_bad_validator_is_none(site, settings):
    """What could not be sent back is forgotten."""
    site.pages["/"] = (200, {"ETag": '"\xe9"', "Last-Modified": "x" * 600}, b"text")
    assert Fetcher(settings).fetch(f"{site.url}/").validators == Validators()


def _endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.RequestHandlerClass.site.over.is_set():
        handler.wfile.write(b"x" * 10_000)


def _endless_chunks(handler):
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while not handler.server.RequestHandlerClass.site.over.is_set():
        handler.wfile.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


def _many_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"a%d: b\r\n" % n for n in range(300)) + b"\r\n")


@pytest.mark.parametrize(
    "page",
    [
        b"x" * (SMALL + 1),
        (200, {"Content-Length": "99999999999"}, b""),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(50_000_000))),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(gzip.compress(bytes(50_000_000))) * 3000),
        _endless,
        _endless_chunks,
        _many_headers,
    ],
    ids=["long", "says so", "bomb", "many members", "endless", "endless chunks", "headers"],
)
def test_too_much(site, settings, page):
    """No answer takes more memory than a file may have bytes, packed or not."""
    site.pages["/"] = page
    with pytest.raises(PageTooLargeError):
        Fetcher(replace(settings, max_file_bytes=SMALL)).fetch(f"{site.url}/")


def _drip(first, more):
    """A server that says something now and then, and never comes to an end."""

    def page(handler):
        site = handler.server.RequestHandlerClass.site
        handler.wfile.write(first)
        while not site.over.wait(0.01):
            handler.wfile.write(more)

    return page


@pytest.mark.parametrize(
    "page",
    [
        _drip(b"", b""),
        _drip(b"HTTP/1.1 200 OK\r\nA: ", b"a"),
        _drip(b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        _drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        _drip(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"a")[:10], b""),
    ],
    ids=["silent", "in its headers", "in its body", "hints", "packed"],
)
def test_too_slow(site, settings, page):
    """The time is that of the whole page: a byte now and then buys none."""
    site.pages["/"] = page
    with pytest.raises(PageTimeoutError):
        Fetcher(replace(settings, page_seconds=0.3)).fetch(f"{site.url}/")


@pytest.mark.parametrize(
    "page",
    [
        (200, {"Content-Length": "100"}, b"short"),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a" * 10_000)[:-12]),
        (200, {"Content-Encoding": "gzip"}, b"this was never packed"),
        lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"),
        lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        lambda _handler: None,
        lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"a" * 1_000_000),
    ],
    ids=["short", "cut", "not packed", "no HTTP", "two lengths", "nothing", "endless header"],
)
def test_broken_answers(site, settings, page):
    """An answer that breaks off, or is none, is no document."""
    site.pages["/"] = page
    with pytest.raises(PageUnreachableError):
        Fetcher(settings).fetch(f"{site.url}/")


def test_packed_in_a_way_that_was_not_asked_for(site, settings):
    """Only gzip is understood."""
    site.pages["/"] = (200, {"Content-Encoding": "br"}, b"x")
    with pytest.raises(PageError, match="packed as br"):
        Fetcher(settings).fetch(f"{site.url}/")


@pytest.mark.parametrize("data", [b"", b"a", b"text " * 100_000])
def test_packed_pages_are_unpacked(site, settings, data):
    """One member or several, and what stands behind them is passed over."""
    site.pages["/"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(data) + gzip.compress(data) + b"\0\0")
    assert Fetcher(settings).fetch(f"{site.url}/").data == 2 * data


def test_nobody_answers(settings):
    """A port that nobody listens on is an outcome."""
    with pytest.raises(PageUnreachableError):
        Fetcher(settings).fetch(f"http://127.0.0.1:{site_server.unused_port()}/")


def test_a_check_is_asked_about_every_address(site, settings):
    """The first and those that redirects lead to, before any is fetched."""
    site.pages["/"] = (302, {"Location": "/b"}, b"")
    asked = []

    def check(url):
        asked.append(url)
        if url.endswith("/b"):
            raise PageRefusedError("not this one")

    with pytest.raises(PageRefusedError, match="not this one"):
        Fetcher(settings).fetch(f"{site.url}/", check=check)
    assert asked == [f"{site.url}/", f"{site.url}/b"]
    assert site.paths == ["/"]


class _Waits:
    """An event that nobody sets, which notes for how long it was waited for."""

    def __init__(self):
        self.seconds = []

    def wait(self, seconds):
        """Return at once."""
        self.seconds.append(seconds)

    def is_set(self):
        """Never."""
        return False


def test_a_server_is_left_in_peace_between_two_requests(site, settings):
    """As long as the settings say, or longer where that is asked; another server is another matter."""
    fetcher = Fetcher(
        replace(settings, page_pause=1000.0, allowed_hosts="127.0.0.1,localhost"),
        resolve=lambda _host, _port: ["127.0.0.1"],
    )
    fetcher._stopped = _Waits()
    site.pages["/"] = "hello"
    fetcher.fetch(f"{site.url}/")
    fetcher.fetch(f"http://localhost:{site.port}/")
    assert fetcher._stopped.seconds == []
    fetcher.fetch(f"{site.url}/", pause=5.0)
    fetcher.fetch(f"{site.url}/", pause=5000.0)
    assert [seconds > least for seconds, least in zip(fetcher._stopped.seconds, (500, 2500), strict=True)] == [
        True,
        True,
    ]


def test_stopping_wakes_whoever_waits(site, settings):
    """A page that never comes ends when it is told to; so does every later one."""
    fetcher, asked = Fetcher(replace(settings, page_seconds=3600.0, page_pause=3600.0)), threading.Event()

    def silent(handler):
        asked.set()
        handler.server.RequestHandlerClass.site.over.wait()

    site.pages["/"] = silent
    failures = []

    def work():
        for _ in range(2):
            try:
                fetcher.fetch(f"{site.url}/")
            except PageError as error:
                failures.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert asked.wait(60)
    fetcher.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert len(failures) == 2
    assert len(site.requests) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for site.example, signed by itself, and its key, in one file."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "site.example")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    path.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def secure(certificate):
    """A site over TLS as site.example; `asked` gets the names that clients ask for (SNI)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with site_server.serve(context) as running:
        running.asked = asked
        yield running


def _secure_fetcher(settings):
    return Fetcher(
        replace(settings, allowed_hosts="*.example,site.example,other.example,127.0.0.1"),
        resolve=lambda _host, _port: ["127.0.0.1"],
    )


def test_tls_is_verified_against_the_name(secure, settings, certificate, monkeypatch):
    """The name is asked for and has to be in the certificate, although the connection goes to an address."""
    secure.pages["/"] = "hello"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    fetcher = _secure_fetcher(settings)
    assert fetcher.fetch(f"https://site.example:{secure.port}/").data == b"hello"
    assert secure.asked == ["site.example"]
    for host in ("other.example", "127.0.0.1"):
        with pytest.raises(PageUnreachableError, match="certificate verify failed"):
            fetcher.fetch(f"https://{host}:{secure.port}/")
    assert len(secure.requests) == 1


def test_a_certificate_that_nobody_signed(secure, settings, monkeypatch):
    """Is no certificate."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(PageUnreachableError, match="certificate verify failed"):
        _secure_fetcher(settings).fetch(f"https://site.example:{secure.port}/")


def test_https_does_not_lead_to_http(secure, site, settings, certificate, monkeypatch):
    """What was asked for over TLS does not come without."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure.pages["/"] = (302, {"Location": f"{site.url}/"}, b"")
    site.pages["/"] = "hello"
    with pytest.raises(PageRedirectError, match="from https"):
        _secure_fetcher(settings).fetch(f"https://site.example:{secure.port}/")
    assert not site.requests


def test_the_loopback_that_tests_use_is_private():
    """Or these tests would say nothing."""
    assert not addresses.is_public("127.0.0.1")
    assert ipaddress.ip_address("127.0.0.1").is_loopback
