"""People before their browsers: what one does with Stafet, in the words of its pages."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

YES, NO = "Ja", "Nej"
DONE = "Færdig, giv stafetten videre"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in; `page` is his browser."""

    page: Page

    def opens_case(self, cpr: str, name: str) -> str:
        """A new case under Midtjylland's agreement with its standing parties; the case's address."""
        self.page.goto("/sager/ny?aftale=midtjylland")
        self.page.get_by_label("CPR-nummer").fill(cpr)
        self.page.get_by_label("Navn", exact=True).fill(name)
        self.page.get_by_role("button", name="Åbn sagen").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)
        return self.page.url

    def starts(self, pathway: str) -> None:
        """Start a pathway on the case that is shown."""
        self.page.locator(".st-actions-menu summary").click()
        self.page.locator(".st-actions-list").get_by_role("link", name=pathway).click()
        self.page.get_by_role("button", name="Start forløbet").click()
        expect(self.page.get_by_role("status")).to_contain_text("Det er noteret")

    def takes(self, task: str, citizen: str) -> None:
        """Find a citizen's task in the inbox and open it."""
        self.page.goto("/?vis=alle")
        row = self.page.get_by_role("listitem").filter(has_text=citizen)
        row.get_by_role("link", name=task, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(task)

    def chooses(self, question: str, answer: str) -> None:
        """One radio button."""
        self.asked(question).get_by_label(answer, exact=True).check()

    def asked(self, question: str) -> Locator:
        """A question's group of fields."""
        return self.page.get_by_role("group", name=question)

    def is_done(self) -> None:
        """Send the task; the case is shown."""
        self.page.get_by_role("button", name=DONE).click()
        expect(self.page.get_by_role("status")).to_contain_text("Opgaven er færdig")

    def sees_baton(self, *holders: str) -> None:
        """On the case that is shown, these units hold the baton, and no others."""
        expect(self.page.locator(".st-relay__now .st-who")).to_have_text(list(holders))

    def sees_end(self, name: str) -> None:
        """The pathway of the case that is shown has ended so."""
        expect(self.page.locator(".st-steps").last).to_contain_text(f"Slut: {name}")
