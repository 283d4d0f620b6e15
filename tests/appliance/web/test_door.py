"""Who gets in: host, set-up, session, role, token."""

import itertools
import re

import pytest

from appliance.config import Config
from appliance.store import settings
from appliance.store.connect import open_database
from appliance.web.access import Access, AccessRefusedError, is_loopback
from appliance.web.app import create_app
from appliance.web.hosts import OwnNames, own_addresses, split_host
from appliance.web.serve import listen
from tests.appliance.web.conftest import CHEAP, PASSWORD, Visitor, first_kick, set_up

PUBLIC = {"/healthz", "/login", "/setup", "/share"}


def paths_of(app):
    """Every address that can be asked for, with likely names put in."""
    values = {
        "name": "2026-11-21", "seq": "1", "day": "2026-11-20", "number": "1", "verb": "mark",
        "part": "evening", "section": "night", "session_id": "1", "share_id": "1",
        "filename": "plms.css", "kind": "csv", "format": "csv",
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: values[m[1]], rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("localhost", True), ("LOCALHOST:8080", True), ("127.0.0.1", True), ("[::1]:8080", True),
        ("box", True), ("BOX.local:80", True), ("box.local.", True), ("kicks.example", True),
        ("192.0.2.7", True), ("192.0.2.8", False), ("evil.example", False), ("", False),
        ("localhost.evil.example", False), ("box.evil", False), ("a b", False), ("box:x", False),
        ("[2001:db8::5]", True), ("[2001:db8::6]", False), ("localhost@evil.example", False),
    ],
)  # fmt: skip
def test_the_device_answers_only_to_its_own_names(header, taken, tmp_path):
    (tmp_path / "fib_trie").write_text("     |-- 192.0.2.7\n        /32 host LOCAL\n")
    (tmp_path / "if_inet6").write_text(
        "20010db8000000000000000000000005 02 40 00 80     eth0\n", encoding="ascii"
    )
    names = OwnNames("box", frozenset({"kicks.example"}), tmp_path)
    assert names.accept(header) is taken


def test_where_the_kernel_hides_its_tables_a_literal_address_is_no_rebound_name(tmp_path):
    names = OwnNames("box", frozenset(), tmp_path / "nothing")
    assert own_addresses(tmp_path / "nothing") is None
    assert names.accept("10.1.2.3:8080")
    assert not names.accept("evil.example")


def test_own_addresses_hold_the_loopback():
    assert any(address.is_loopback for address in own_addresses(OwnNames().proc_net))


@pytest.mark.parametrize("text", ["[::1", "::1]:3:4", "\x00", "a/b"])
def test_a_host_that_is_none_has_no_name(text):
    assert split_host(text) is None


def test_a_foreign_name_gets_no_page_and_no_cookie(owner, app):
    rebound = Visitor(app, "evil.example")
    for path in ("/", "/login", "/healthz", "/static/plms.css", "/api/v1/nights"):
        answer = rebound.get(path)
        assert answer.status_code == 421
        assert "Set-Cookie" not in answer.headers
        assert "<a" not in answer.text


def test_before_the_password_nothing_is_served_but_set_up_and_health(app, stranger):
    for endpoint, method, path in paths_of(app):
        if endpoint == "static" or path in ("/healthz", "/setup"):
            continue
        answer = stranger.client.open(
            path, method=method, base_url=stranger.base, headers={"Origin": stranger.base}
        )
        if path.startswith(("/api/", "/metrics")):
            assert answer.status_code == 503, path
        else:
            assert answer.status_code == 302, path
            assert answer.headers["Location"].endswith("setup"), path


def test_a_crawl_finds_no_open_page_but_login_share_and_health(owner, app):
    stranger = Visitor(app)
    for endpoint, method, path in paths_of(app):
        if endpoint == "static" or method != "GET":
            continue
        answer = stranger.get(path)
        if path in PUBLIC:
            assert answer.status_code in (200, 302), path
        elif path.startswith(("/api/", "/metrics")):
            assert answer.status_code == 401, path
            assert "error" in answer.json
        else:
            assert answer.status_code == 302, path
            assert answer.headers["Location"].endswith("login"), path


def writes_of(app):
    return [
        (endpoint, method, path)
        for endpoint, method, path in paths_of(app)
        if method != "GET" and endpoint != "static"
    ]


ORIGINS = {
    "own": {"Origin": "http://localhost"},
    "foreign": {"Origin": "http://evil.example"},
    "null": {"Origin": "null"},
    "none": {},
}


def test_no_write_without_session_token_and_origin(owner, app):
    tokens = {
        "own": {"csrf_token": owner.token()},
        "old": {"csrf_token": "x." + "0" * 32},
        "none": {},
    }
    visitors = {"own": owner, "none": Visitor(app)}
    tried = 0
    for origin, token, session in itertools.product(ORIGINS, tokens, visitors):
        if (origin, token, session) == ("own", "own", "own"):
            continue
        for endpoint, method, path in writes_of(app):
            answer = visitors[session].client.open(
                path,
                method=method,
                data=tokens[token],
                headers=ORIGINS[origin],
                base_url=owner.base,
            )
            assert answer.status_code in (401, 403), (endpoint, path, origin, token, session)
            tried += 1
    assert tried > 23 * 25
    assert owner.get("/").status_code == 200


LEAVING = {
    "login.leave",
    "login.enter",
    "login.enter_share",
    "settings.end_session",
    "settings.new_password",
    "settings.end_others",
    "api_access.end",
}


def test_every_write_goes_past_the_token_with_all_three(owner, app):
    token = owner.token()
    for endpoint, method, path in writes_of(app):
        if endpoint in LEAVING:
            continue
        answer = owner.client.open(
            path,
            method=method,
            data={"csrf_token": token},
            base_url=owner.base,
            headers={"Origin": owner.base, "X-CSRF-Token": token},
        )
        assert answer.status_code not in (401, 403), (endpoint, path, answer.text)
        assert answer.status_code < 500, (endpoint, path)


def test_a_referer_stands_in_for_a_missing_origin(owner):
    data = {"csrf_token": owner.token(), "theme": "dark"}
    for referer, status in ((f"{owner.base}/more", 302), ("http://evil.example/more", 403)):
        answer = owner.client.post(
            "/theme", data=data, base_url=owner.base, headers={"Referer": referer}
        )
        assert answer.status_code == status


def test_a_token_is_bound_to_its_visitor(owner, app):
    stranger = Visitor(app)
    foreign = stranger.token("/login")
    answer = owner.client.post(
        "/theme", data={"csrf_token": foreign}, base_url=owner.base,
        headers={"Origin": owner.base},
    )  # fmt: skip
    assert answer.status_code == 403


def test_log_in_with_the_password_and_out_again(owner, app):
    visitor = Visitor(app)
    assert visitor.post("/login", {"password": "wrong"}, page="/login").status_code == 403
    answer = visitor.post("/login", {"password": PASSWORD}, page="/login")
    assert answer.status_code == 302
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visitor.get("/").status_code == 200
    old = visitor.client.get_cookie("plms_session_8080").value
    assert visitor.post("/logout").status_code == 302
    visitor.client.set_cookie("plms_session_8080", old)
    assert visitor.get("/").headers["Location"].endswith("login")


def test_guessing_has_to_wait_and_the_wait_is_told(owner, app, clock):
    visitor = Visitor(app)
    for _ in range(5):
        assert visitor.post("/login", {"password": "no"}, page="/login").status_code == 403
    answer = visitor.post("/login", {"password": PASSWORD}, page="/login")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert "30 seconds" in answer.text
    clock.now_utc += 31
    assert visitor.post("/login", {"password": PASSWORD}, page="/login").status_code == 302


def test_the_set_up_code_is_asked_for_once(state, clock):
    db = open_database(state)
    settings.put(db, "web.setup_code", "MOON-4711", 0.0)
    app = create_app(state, Config(), now=clock, password_method=CHEAP)
    visitor = Visitor(app)
    form = {"password": PASSWORD, "again": PASSWORD, "code": "wrong"}
    assert visitor.post("/setup", form, page="/setup").status_code == 400
    assert "not the code" in visitor.post("/setup", form, page="/setup").text
    form["code"] = "moon4711"
    assert visitor.post("/setup", form, page="/setup").status_code == 302
    assert settings.get(db, "web.setup_code", None) is None
    assert visitor.get("/setup").status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "at least 10"),
        ("a" * 201, "a" * 201, "at most 200"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "more different"),
        (PASSWORD, PASSWORD + "x", "not the same"),
    ],
)
def test_a_poor_password_is_refused_kindly(stranger, password, again, said):
    answer = stranger.post("/setup", {"password": password, "again": again}, page="/setup")
    assert answer.status_code == 400
    assert said in answer.text


def test_the_password_reset_of_the_button_opens_set_up_and_ends_all_sessions(owner, app, state):
    db = open_database(state)
    settings.delete(db, "web.password_hash")
    assert owner.get("/").headers["Location"].endswith("setup")
    set_up(app)
    assert owner.get("/").headers["Location"].endswith("login")


def test_a_new_password_ends_every_other_session(owner, app):
    other = Visitor(app)
    other.post("/login", {"password": PASSWORD}, page="/login")
    assert other.get("/").status_code == 200
    form = {"old": PASSWORD, "password": "nine restful nights", "again": "nine restful nights"}
    assert owner.post("/settings/access/password", {**form, "old": "x"}).status_code == 403
    assert owner.post("/settings/access/password", form).status_code == 302
    assert owner.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_a_session_is_rotated_daily_and_the_old_token_dies(owner, app, clock):
    name = "plms_session_8080"
    old = owner.client.get_cookie(name).value
    clock.now_utc += 25 * 3600
    assert owner.get("/").status_code == 200
    fresh = owner.client.get_cookie(name).value
    assert fresh != old
    late = Visitor(app)
    late.client.set_cookie(name, old)
    assert late.get("/").status_code == 200, "a request that was under way"
    clock.now_utc += 120
    assert late.get("/").status_code == 302
    assert owner.get("/").status_code == 200


def test_a_session_ends_after_its_days(owner, clock):
    clock.now_utc += 91 * 86400
    assert owner.get("/").headers["Location"].endswith("login")


def test_a_share_sees_the_nights_and_changes_nothing(filled, clock):
    app = create_app(filled, Config(), now=clock, password_method=CHEAP)
    owner = set_up(app)
    shown = owner.post("/settings/access/shares", {"name": "Kim"}, page="/settings/access").text
    code = re.search(r'class="code">([^<]+)<', shown)[1]
    assert f"share#{code}" in shown
    partner = Visitor(app)
    assert partner.post("/share", {"code": "aaaaa-aaaaa"}, page="/share").status_code == 403
    assert partner.post("/share", {"code": code.upper()}, page="/share").status_code == 302
    kick = first_kick(filled)
    for path in ("/", "/nights", "/tonight", "/about", f"/night/2026-11-21/movement/{kick}"):
        assert "<form" not in re.sub(
            r'(?s)<form[^>]*/(theme|logout)".*?</form>', "", partner.text(path)
        )
    for path in ("/diary", "/settings", "/export", "/doctor", "/nights/compare", "/setup/names"):
        assert partner.get(path).status_code == 403, path
    assert partner.post("/tonight/end_night", page="/more").status_code == 403
    assert code not in owner.text("/settings/access"), "the code is shown once"
    assert owner.post("/settings/access/shares/1/end").status_code == 302
    assert partner.get("/").status_code == 302


def test_sessions_are_listed_and_can_be_ended(owner, app):
    other = Visitor(app)
    other.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) AppleWebKit Safari/604"
    other.post("/login", {"password": PASSWORD}, page="/login")
    assert "Safari on iPhone" in owner.text("/settings/access")
    assert owner.post("/settings/access/sessions/end-others").status_code == 302
    assert other.get("/").status_code == 302
    assert owner.get("/").status_code == 200


def test_a_programs_token_needs_no_form_token_and_obeys_its_role(owner, app, clock):
    shown = owner.post("/settings/access/programs", {"name": "Prometheus", "role": "partner"}).text
    token = re.search(r'class="code">([^<]+)<', shown)[1]
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get("/api/v1/settings", headers=headers).status_code == 403
    answer = client.get("/api/v1/nights")
    assert answer.status_code == 401
    assert "send a token" in answer.json["error"]
    answer = client.get("/api/v1/nights", headers={"Authorization": "Bearer x"})
    assert answer.json["error"].startswith("This token is not known here")
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 401
    clock.now_utc += 1000 * 86400
    assert client.get("/metrics", headers=headers).status_code == 200, "until it is revoked"


def test_the_headers_protect_the_reader(owner):
    answer = owner.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers


def test_a_panel_may_frame_the_page_where_the_owner_allows_it(state, clock):
    web = Config().web.__class__(frame_ancestors=("http://ha.local:8123",))
    app = create_app(state, Config(web=web), now=clock)
    answer = app.test_client().get("/setup")
    assert "frame-ancestors http://ha.local:8123" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers


def test_a_large_body_is_refused(owner):
    answer = owner.post("/theme", {"theme": "x" * 70_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.5", False), ("plms.local", False)],
)  # fmt: skip
def test_loopback_is_known(host, near):
    assert is_loopback(host) is near


def test_an_open_demonstration_never_listens_to_the_network(state):
    app = create_app(state, Config(), access=Access.demo())
    with pytest.raises(AccessRefusedError, match=r"127\.0\.0\.1 only"):
        listen(app, "0.0.0.0", 0)


def test_no_secret_stands_in_a_log_or_an_address(owner, app, caplog, capfd):
    caplog.set_level("DEBUG")
    visitor = Visitor(app)
    answers = [
        visitor.post("/login", {"password": "guess-me-not"}, page="/login"),
        visitor.post("/login", {"password": PASSWORD}, page="/login"),
        visitor.get("/nothing"),
    ]
    token = visitor.client.get_cookie("plms_session_8080").value
    heard = caplog.text + "".join(capfd.readouterr())
    for secret in ("guess-me-not", PASSWORD, token):
        assert secret not in heard
        assert all(secret not in answer.headers.get("Location", "") for answer in answers)


def test_the_real_hash_takes_32_mib_and_three_passes(state, clock):
    app = create_app(state, Config(), now=clock)
    set_up(app)
    stored = settings.get(open_database(state), "web.password_hash")
    assert stored.startswith("scrypt:32768:8:3$")
    visitor = Visitor(app)
    assert visitor.post("/login", {"password": PASSWORD}, page="/login").status_code == 302
