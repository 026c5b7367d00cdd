"""The pages: their policy, their assets, and a server without them."""

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gql_chat.web.endpoints.pages import LeadsBrowsersToGraphiQL, Pages

SCRIPT = b"console.log('hello')" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return a folder that holds what `scripts/pages` would have built."""
    for name in ("index.html", "admin/index.html", "graphiql/index.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"<title>{name}</title><script nonce='{{{{nonce}}}}'></script>")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/main.js").write_bytes(SCRIPT)
    (tmp_path / "assets/main.js.gz").write_bytes(gzip.compress(SCRIPT))
    return tmp_path


def serve(pages: Pages) -> TestClient:
    return TestClient(Starlette(routes=pages.routes()))


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def test_each_page_has_a_strict_policy_with_a_nonce_of_its_own(built: Path) -> None:
    client = serve(Pages(folder=built))
    nonces = set()
    for path in ("/", "/admin/", "/graphiql/", "/"):
        response = client.get(path)
        policy = directives(response.headers["content-security-policy"])
        assert policy["script-src"] == "'self'"
        assert policy["connect-src"] == "'self'"
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in policy["style-src"]
        assert ("style-src-attr" in policy) == (path == "/graphiql/")
        nonce = policy["style-src"].split("'nonce-")[1].rstrip("'")
        assert f"<script nonce='{nonce}'>" in response.text
        assert response.headers["cache-control"] == "no-cache"
        nonces.add(nonce)
    assert len(nonces) == 4


def test_a_store_elsewhere_may_be_talked_to_and_shown(built: Path) -> None:
    policy = directives(serve(Pages("https://files.example.com", built)).get("/").headers["content-security-policy"])
    assert policy["connect-src"] == "'self' https://files.example.com"
    assert policy["img-src"] == "'self' data: blob: https://files.example.com"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("identity", None)])
def test_assets_are_kept_for_ever_and_compressed_where_the_browser_takes_that(
    built: Path, accepted: str, encoding: str | None
) -> None:
    response = serve(Pages(folder=built)).get("/assets/main.js", headers={"accept-encoding": accepted})
    assert response.content == SCRIPT
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/main.js.gz", "/assets/../index.html", "/assets/%2e%2e/index.html", "/assets/"]
)
def test_nothing_else_is_served(built: Path, path: str) -> None:
    assert serve(Pages(folder=built)).get(path).status_code == 404


def test_a_server_without_pages_says_how_to_build_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        pages = Pages(folder=tmp_path / "none")
    assert not pages.are_built
    assert "make pages" in caplog.text
    response = serve(pages).get("/")
    assert (response.status_code, response.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert "make pages" in response.text


@pytest.mark.parametrize(
    ("method", "address", "accept", "is_led"),
    [
        ("GET", "/", "text/html,application/xhtml+xml", True),
        ("GET", "/?query={__typename}", "text/html", False),
        ("GET", "/", "application/json", False),
        ("POST", "/", "text/html", False),
    ],
)
def test_a_browser_that_opens_the_api_is_led_to_graphiql(method: str, address: str, accept: str, is_led: bool) -> None:
    client = TestClient(LeadsBrowsersToGraphiQL(Starlette()), follow_redirects=False)
    response = client.request(method, address, headers={"accept": accept})
    assert (response.status_code == 303) == is_led
    assert response.headers.get("location") == ("/graphiql/" if is_led else None)


def test_a_server_of_trusted_documents_only_has_no_graphiql(built: Path) -> None:
    client = serve(Pages(folder=built, has_graphiql=False))
    assert [client.get(path).status_code for path in ("/", "/admin/", "/graphiql/")] == [200, 200, 404]
