"""`clausewise demo`: what a newcomer sees first."""

from clausewise.commands.demo import FAULTS

from ..conftest import Command


def test_each_of_three_faults_is_found_and_nothing_else(command: Command) -> None:
    """One lenient, one strict, one violated: the demo names each, and ends well."""
    result = command("demo", "--report-dir", "reports")
    assert result.code == 0, result.errors
    assert all(fault in result.output for fault in FAULTS)
    found = {one["id"]: one["verdict"] for one in result.model["clauses"]}
    assert {name: found[name] for name in result.findings} == {
        "start_recording:request#/max_seconds:maximum": "lenient",
        "start_recording:request#/video_config/height:maximum": "strict",
        "start_recording:200#/data/status:enum": "violated",
    }
    assert "Look at reports/conformance.html" in result.output
