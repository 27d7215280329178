"""People before their browsers: what one does with Stafet, in the words of its pages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

YES, NO = "Ja", "Nej"
DONE, SEND = "Færdig, giv stafetten videre", "Send, og giv stafetten videre"
#: What the page says of an act; some people have an alarm on every page beside it.
TOLD = "[role=status]:not(.st-alarm)"
#: Where stories put their pictures, if they are asked to (docs/stories.md says how).
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in; `page` is his browser."""

    page: Page

    def presses(self, target: Locator) -> None:
        """A link, a button, what opens and closes."""
        target.click()

    def writes(self, target: Locator, text: str) -> None:
        """A text in a field, instead of what stands there."""
        target.fill(text)

    def ticks(self, target: Locator) -> None:
        """A radio button or a tick box."""
        target.check()

    def picks(self, target: Locator, label: str = "") -> None:
        """One of a list by its name; without a name the first that there is."""
        if label:
            target.select_option(label=label)
        else:
            target.select_option(index=1)

    def fills(self, label: str, text: str, *, exact: bool = False) -> None:
        """The first field that is called so."""
        self.writes(self.page.get_by_label(label, exact=exact).first, text)

    def opens_case(self, cpr: str, name: str, *more: str, agreement: str = "midtjylland") -> str:
        """A new case under an agreement with its standing parties and `more`; the case's address."""
        self.page.goto(f"/sager/ny?aftale={agreement}")
        self.fills("CPR-nummer", cpr)
        self.fills("Navn", name, exact=True)
        if more:
            self.presses(self.page.locator("main details summary").first)
        for party in more:
            self.picks(self.page.get_by_label(party, exact=True))
        self.presses(self.page.get_by_role("button", name="Åbn sagen"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)
        return self.page.url

    def starts(self, pathway: str) -> None:
        """Start a pathway on the case that is shown."""
        self._offered(pathway)
        self.presses(self.page.get_by_role("button", name="Start forløbet"))
        expect(self.page.get_by_role("status")).to_contain_text("Det er noteret")

    def _offered(self, action: str) -> None:
        self.presses(self.page.locator(".st-actions-menu summary"))
        self.presses(self.page.locator(".st-actions-list").get_by_role("link", name=action))

    def reports(self, action: str, case: str) -> None:
        """Open, from the case's *Handlinger*, what may happen from outside."""
        self.page.goto(case)
        self._offered(action)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(action)

    def is_reported(self) -> None:
        """Send what was opened with `reports`; the case is shown."""
        self.presses(self.page.get_by_role("button", name="Meld det"))
        expect(self.page.get_by_role("status")).to_contain_text("Det er noteret")

    def dates(self, question: str, day: date) -> None:
        """A date in its three fields."""
        for label, value in (("Dag", day.day), ("Måned", day.month), ("År", day.year)):
            self.writes(self.asked(question).get_by_label(label, exact=True), str(value))

    def may_not_know(self, *addresses: str) -> None:
        """These addresses are answered as if there were nothing."""
        for address in addresses:
            answer = self.page.goto(address)
            assert answer is not None
            assert answer.status == 404, address

    def has_no_task(self, citizen: str) -> None:
        """Nothing about the citizen waits in the inbox."""
        self.page.goto("/?vis=alle")
        expect(self.page.locator(".st-task").filter(has_text=citizen)).to_have_count(0)

    def sees_messages(self, case: str, *titles: str) -> None:
        """On the case, these messages and no others, newest first."""
        self.page.goto(case)
        expect(self.page.locator(".st-messages a")).to_have_text(list(titles))

    def photographs(self, name: str) -> None:
        """Draw what is shown into `docs/pictures/story-*.png`, where `STAFET_PICTURES` asks for it."""
        if os.environ.get("STAFET_PICTURES"):
            self.page.wait_for_load_state("networkidle")
            self.page.screenshot(path=PICTURES / f"story-{name}.png")

    def takes(self, task: str, citizen: str) -> None:
        """Find a citizen's task in the inbox and open it."""
        self.page.goto("/?vis=alle")
        row = self.page.get_by_role("listitem").filter(has_text=citizen)
        self.presses(row.get_by_role("link", name=task, exact=True))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(task)

    def chooses(self, question: str, answer: str) -> None:
        """One radio button."""
        self.ticks(self.asked(question).get_by_label(answer, exact=True))

    def asked(self, question: str) -> Locator:
        """A question's group of fields."""
        return self.page.get_by_role("group", name=question)

    def is_done(self) -> None:
        """Send the task, after a look at what leaves where something does; the case is shown."""
        self.presses(self.page.get_by_role("button", name=DONE))
        last, done = self.page.get_by_role("button", name=SEND), self.page.locator(TOLD)
        expect(last.or_(done.filter(has_text="Opgaven er færdig"))).to_be_visible()
        if last.count():
            self.presses(last)
        expect(self.page.locator(TOLD)).to_contain_text("Opgaven er færdig")

    def is_done_in_two(self) -> None:
        """The same where, without scripts, the answers bring fields into play that are looked at first."""
        self.presses(self.page.get_by_role("button", name=DONE))
        expect(self.page.locator(TOLD)).to_contain_text("Dine svar gav flere felter")
        self.is_done()

    def sees_baton(self, *holders: str) -> None:
        """On the case that is shown, these units hold the baton, and no others."""
        expect(self.page.locator(".st-relay__now .st-who")).to_have_text(list(holders))

    def sees_begun(self, case: str, name: str) -> Locator:
        """On the case, another pathway has been begun; a job does that, in a moment."""
        walk = self.page.get_by_role("region", name=name)
        for _ in range(40):
            self.page.goto(case)
            if walk.count():
                break
            self.page.wait_for_timeout(250)
        return walk

    def sees_end(self, name: str) -> None:
        """One pathway of the case that is shown has ended so; others may have been begun by it."""
        expect(self.page.locator(".st-steps", has_text=f"Slut: {name}")).to_have_count(1)
