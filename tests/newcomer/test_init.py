"""`clausewise init`: from a document to a run that is green, overwriting nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from clausewise.mock import running

from ..conftest import Command
from .conftest import record_shop

KEY = record_shop().KEY
PROFILE = ("run", "--profile", "local", "--examples", "0")


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The URL of a record shop."""
    with running(record_shop().create_app()) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that commands run in, with the shop's document in it."""
    (tmp_path / "openapi.json").write_text(
        json.dumps(record_shop().create_app().openapi()), "utf-8"
    )
    return tmp_path


def test_from_a_url_to_a_green_run(tmp_path: Path, shop: str, command: Command) -> None:
    """The document is fetched, the link is proved and written, and a run of the pack is green."""
    made = command("init", f"{shop}/openapi.json", SHOP_KEY=KEY)
    assert made.code == 0, made.output + made.errors
    assert "export" not in made.output
    settings = yaml.safe_load((tmp_path / "clausewise.yaml").read_text("utf-8"))
    assert settings["credentials"] == {"ShopKey": {"env": "SHOP_KEY"}}
    assert settings["profiles"]["local"] == {"base_url": shop}
    assert settings["supplies"]["records"]["gives"] == {"id": "$response.body#/id"}
    judged = command(*PROFILE, SHOP_KEY=KEY)
    assert judged.code == 0, judged.output + judged.errors
    assert judged.findings == set()
    assert judged.model["links"][0]["state"] == "declared"
    assert KEY not in (tmp_path / "clausewise.yaml").read_text("utf-8")


def test_a_plain_pytest_run_of_what_was_written(folder: Path, shop: str, command: Command) -> None:
    """The contract tests are a suite: the scenario passes, and so does each promise."""
    command("init", "openapi.json", "--base-url", shop, "--read-only", "--ci", "none")
    judged = command(*PROFILE, "-k", "test_it_answers_again", "-v", "--min-judged=0", SHOP_KEY=KEY)
    assert judged.code == 0, judged.output + judged.errors
    assert "test_it_answers_again[scenario] PASSED" in judged.output


def test_a_read_only_pack_sends_nothing_else(folder: Path, command: Command) -> None:
    """Who does not want things created gets a profile that creates none."""
    methods: set[str] = set()
    app = record_shop().create_app()

    @app.middleware("http")
    async def note(request, call_next):  # type: ignore[no-untyped-def]  # as a user writes it
        methods.add(request.method)
        return await call_next(request)

    with running(app) as url:
        command("init", "openapi.json", "--base-url", url, "--read-only", SHOP_KEY=KEY)
        judged = command(*PROFILE, SHOP_KEY=KEY)
    assert judged.findings == set(), judged.output
    assert methods <= {"GET", "HEAD", "OPTIONS"}


def test_nothing_that_is_there_is_overwritten(folder: Path, command: Command) -> None:
    """Files of the user stay as they are; a second init says so and changes nothing."""
    mine = folder / "contract_tests" / "conftest.py"
    mine.parent.mkdir()
    mine.write_text("MINE = 1\n", "utf-8")
    (folder / ".gitignore").write_text("*.pyc", "utf-8")
    first = command("init", "openapi.json", "--read-only", "--ci", "gitlab")
    assert first.code == 0, first.errors
    assert f"kept  {Path('contract_tests/conftest.py')}" in first.output
    assert mine.read_text("utf-8") == "MINE = 1\n"
    assert (folder / ".gitignore").read_text("utf-8") == "*.pyc\nreports/\n"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    second = command("init", "openapi.json", "--read-only")
    assert (second.code, "is there already" in second.errors) == (4, True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_workflows_are_yaml_that_runs_the_profile(folder: Path, command: Command) -> None:
    """GitHub's has a job with the secret as its variable; GitLab's keeps the reports."""
    command("init", "openapi.json", "--read-only", "--ci", "github")
    text = (folder / ".github" / "workflows" / "contract.yml").read_text("utf-8")
    steps = yaml.safe_load(text)["jobs"]["judge"]["steps"]
    (step,) = [step for step in steps if "clausewise run" in step.get("run", "")]
    assert step["run"] == "clausewise run --profile local"
    assert step["env"] == {"SHOP_KEY": "${{ secrets.SHOP_KEY }}"}
    (folder / "clausewise.yaml").unlink()
    command("init", "openapi.json", "--read-only", "--ci", "gitlab")
    job = yaml.safe_load((folder / ".gitlab" / "contract.yml").read_text("utf-8"))["contract"]
    assert "clausewise run --profile local" in job["script"]
    assert job["artifacts"]["reports"]["junit"] == "reports/conformance.junit.xml"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gone.yaml",), "there is no file gone.yaml"),
        (("http://127.0.0.1:9/openapi.json",), "cannot be fetched"),
        (("openapi.json", "--auth", "ShopKye=env:K"), "did you mean ShopKey?"),
        (("openapi.json", "--auth", "ShopKey=secret"), "--auth takes SCHEME=env:VARIABLE"),
        (("openapi.json", "--base-url", "localhost:80"), "the base URL is an http or https URL"),
        (("openapi.json", "--folder", "elsewhere", "--ci", "jenkins"), "invalid choice"),
    ],
)
def test_mistakes(folder: Path, command: Command, words: tuple[str, ...], said: str) -> None:
    """What is wrong is said in a sentence, with exit code 4, and no settings are written."""
    made = command("init", *words)
    assert (made.code, said in made.errors) == (4, True), made.errors
    assert not (folder / "clausewise.yaml").exists()


def test_a_document_elsewhere_is_copied_with_all_it_needs(folder: Path, command: Command) -> None:
    """A lone file is copied; one that refers to others stays where it is, with the way out."""
    made = command("init", "openapi.json", "--folder", "pack", "--read-only")
    assert made.code == 0, made.errors
    assert (folder / "pack" / "openapi.json").is_file()
    (folder / "parts.yaml").write_text("{type: object}", "utf-8")
    (folder / "whole.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {$ref: 'paths.yaml'}\n", "utf-8"
    )
    refused = command("init", "whole.yaml", "--folder", "other", "--read-only")
    assert refused.code == 4
    assert not (folder / "other" / "clausewise.yaml").exists()


def test_a_plan_says_where_ids_will_come_from(folder: Path, command: Command) -> None:
    """Of a document alone, paths name the operation that gives the id; a broken id is shown."""
    get = "get_record_records__record_id__get"
    shown = command("plan", "--pack", "openapi.json", get, "--examples", "0").output
    assert "GET /records/{record_id from add_record_records_post}\n" in shown
    assert "GET /records/text\n" in shown
