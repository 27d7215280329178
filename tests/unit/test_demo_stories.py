"""What the demo's stories say: a plan that is written has the content that its form asks for."""

from stafet.demo.stories import STORIES


def test_a_plan_that_is_written_says_goals_efforts_responsible_and_follow_up() -> None:
    written = [act for story in STORIES for act in story.acts if act.element == "skriv_plan"]
    assert len(written) == 2
    for act in written:
        for asked in ("Mål:", "Indsats:", "Ansvarlig:", "Opfølgning:"):
            assert asked in act.data.get("planfelter", "")
