"""A real mail server, a stand-in Bot API and a database on disk, each made small; and notices to send."""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.policy
import ipaddress
import json
import os
import ssl
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alerts.notice import Happening, Notice, Outlet
from alerts.subscriptions import Subscription
from alerts.tables import Base
from crawler.database import Database

NOW = dt.datetime(2024, 5, 10, 2, 0, tzinfo=dt.UTC)  # 09:00 in Hà Nội, a Friday
TOKEN = "123456789:AAsecretsecretsecretsecretsecretsec"
PASSWORD = "p4ss-w0rd-9"  # the right one


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def database(tmp_path):
    """SQLite; or the PostgreSQL that DOINGOAI_TEST_POSTGRESQL names (an empty database, one test at a time)."""
    database = Database(os.environ.get("DOINGOAI_TEST_POSTGRESQL", f"sqlite:///{tmp_path / 'alerts.db'}"))
    Base.metadata.drop_all(database.writer)
    Base.metadata.create_all(database.writer)
    yield database
    database.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate that nobody trusts but whoever is told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder


class AnyPort(Controller):
    """Asked for port 0, the first visit goes to the port that came of it."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailbox:
    """A mail server with STARTTLS and login. `answers` are given to the next letters, one each; then all is well."""

    def __init__(self, folder: Path) -> None:
        self.letters: list = []
        self.password = PASSWORD
        self.answers: deque = deque()
        self.to_recipient: deque = deque()
        self.delay = 0.0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.controller = AnyPort(
            self,
            hostname="127.0.0.1",
            port=0,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._login,
        )
        self.controller.start()
        self.port = self.controller.port

    def _login(self, server, session, envelope, mechanism, data):
        good = data.password.decode() == self.password
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.to_recipient:
            return self.to_recipient.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        time.sleep(self.delay)
        answer = self.answers.popleft() if self.answers else "250 OK"
        if answer.startswith("250") or answer == "cut":
            letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.letters.append((envelope.rcpt_tos[0], letter))
        if answer == "cut":
            server.transport.abort()
        return answer

    def url(self, to: str = "officer@example.vn", password: str = PASSWORD, more: str = "&verify=no") -> str:
        account = f"robot%40example.vn:{password}@127.0.0.1:{self.port}"
        return f"mailtos://{account}?from=robot@example.vn&to={to}&mode=starttls{more}"

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for _, letter in self.letters]


@pytest.fixture
def mailbox(certificate):
    box = Mailbox(certificate)
    yield box
    box.controller.stop()


class BotApi:
    """A stand-in for Telegram over HTTP. `answers[chat]` are given first, as (status, body); then all is well."""

    def __init__(self) -> None:
        self.taken: list[dict] = []
        self.asked: list[tuple[str, dict]] = []
        self.answers: defaultdict[int, deque] = defaultdict(deque)
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.asked.append((self.path, body))
                status, answer = 200, {"ok": True, "result": {"message_id": len(api.asked)}}
                if api.answers[body["chat_id"]]:
                    status, answer = api.answers[body["chat_id"]].popleft()
                else:
                    api.taken.append(body)
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(raw)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


def refusal(status: int, description: str, **parameters):
    body = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": parameters} if parameters else {})


@pytest.fixture
def telegram():
    api = BotApi()
    api.refusal = refusal
    yield api
    api.server.shutdown()
    api.server.server_close()


@pytest.fixture
def make():
    """Builds notices and subscriptions with sensible contents, and whatever a test wants to be different."""
    return Make()


class Make:
    NOW = NOW
    TOKEN = TOKEN
    PASSWORD = PASSWORD

    def chat(self, number: int = 1001) -> str:
        return f"tgram://{TOKEN}/{number}/"

    def subscription(self, *to: str, **more) -> Subscription:
        return Subscription(**{"name": "Phòng Hợp tác quốc tế", "to": to, **more})

    def body(self, name: str, kind: str = "agency") -> dict:
        return {"name": name, "type": kind, "title": ""}

    def person(self, name: str, office: str = "") -> dict:
        return {"name": name, "type": "person", "title": office}

    def document(self, title: str = "Bản ghi nhớ hợp tác du lịch", ours="Sở Du lịch", theirs="Cục Văn hóa") -> dict:
        return {"type": "memorandum", "title": title, "field": "", "parties": [[ours], [theirs]]}

    def talks(self, **more) -> Happening:
        fields = {
            "event_id": 7,
            "kind": "meeting",
            "subtype": "talks",
            "status": "held",
            "scope": "provincial",
            "date": "2024-05-09",
            "place": "cửa khẩu Thanh Thủy",
            "province": "ha-giang",
            "country": "CN",
            "foreign_region": "Vân Nam",
            "vietnamese_side": (self.body("tỉnh Hà Giang", "locality"), self.person("Lê Văn Mẫu", "Phó Chủ tịch tỉnh")),
            "foreign_side": (self.body("châu Văn Sơn", "locality"), self.person("Vương Thử", "Phó Châu trưởng")),
            "evidence": ("Sáng 9/5, đoàn hai bên hội đàm tại cửa khẩu Thanh Thủy.",),
            "confidence": 0.9,
            "reason": "talks-verb",
        }
        return Happening(**fields | more)

    def signing(self, **more) -> Happening:
        fields = {
            "kind": "signing",
            "subtype": "memorandum",
            "event_id": 8,
            "instruments": (self.document(),),
            "evidence": ("Hai bên ký bản ghi nhớ hợp tác du lịch.",),
        }
        return self.talks(**fields | more)

    def outlet(self, **more) -> Outlet:
        fields = {
            "name": "Báo Mẫu",
            "url": "https://bao.example.vn/hoi-dam-1.html",
            "title": "Hà Giang hội đàm với Văn Sơn",
            "published": "2024-05-09T14:20:00+07:00",
            "seen": "2024-05-09T07:31:00+00:00",
        }
        return Outlet(**fields | more)

    def notice(self, key: str = "event:7", *happenings: Happening, **more) -> Notice:
        fields = {"change": "event", "happenings": happenings or (self.talks(),), "outlets": (self.outlet(),)}
        return Notice(key=key, **fields | more)

    def update(self, key: str, first: str, *happenings: Happening, changed=("signing",)) -> Notice:
        return self.notice(key, *happenings, change="update", changed=changed, refers_to=first)
