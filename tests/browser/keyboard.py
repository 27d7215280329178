"""A person whose mouse is in the drawer: the words of `story.Person`, done by pressing keys alone.

At each stop of the Tab key the page is asked (`LOOK`) whether one sees where one is; what nobody could see is kept in
`Keyboard.lost`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Locator, expect

from tests.browser.story import DONE, Person

#: How often one presses Tab before one gives up.
PATIENCE = 500
#: Where the focus is, seen from what is looked for: on it, after it; and, if nobody can see the focus, why.  It shows
#: by an outline or a shadow: its own, or the box beside it that dkfds draws for a radio button or a tick box.
LOOK = """target => {
  const at = document.activeElement;
  const place = { here: at === target, group: at.type === 'radio' && at.name === target.name,
    past: !!(at.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING), lost: '' };
  if (at.matches('body, main')) return place;
  const drawn = (box, pseudo) => {
    const style = getComputedStyle(box, pseudo);
    return style.boxShadow !== 'none'
      || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && !/, 0\\)$/.test(style.outlineColor));
  };
  const ticked = at.matches('input[type=radio], input[type=checkbox]') ? at.labels[0] : null;
  const seen = ticked ? drawn(ticked, '::before') || drawn(ticked, null) || drawn(at, null) : drawn(at, null);
  const box = (ticked && !ticked.matches('.sr-only') ? ticked : at).getBoundingClientRect();
  const inside = Math.min(box.width, box.height) > 1 && box.bottom > 0 && box.top < innerHeight
    && box.right > 0 && box.left < innerWidth;
  if (!seen || !inside)
    place.lost = `${seen ? 'out of sight' : 'no outline'} on ${location.pathname}: ${at.outerHTML.slice(0, 160)}`;
  return place;
}"""


@dataclass(frozen=True, slots=True)
class Keyboard(Person):
    """Somebody with keys alone; `scripts`: whether single keys help; `lost`: where one did not see the focus."""

    scripts: bool = True
    lost: set[str] = field(default_factory=set)

    def logs_in(self, login: str) -> None:
        """From the top of the login page to the inbox."""
        self.page.goto("/log-ind")
        self.writes(self.page.get_by_label("Brugernavn"), login)
        self.writes(self.page.get_by_label("Adgangskode"), "stafet")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Mine opgaver")

    def reaches(self, target: Locator, *, group: bool = False) -> None:
        """Tab, or back with Shift, until it (or a radio button of its group) has the focus."""
        target.wait_for(state="attached")
        for _ in range(PATIENCE):
            place = target.evaluate(LOOK)
            if place["lost"]:
                self.lost.add(place["lost"])
            if place["here"] or (group and place["group"]):
                return
            self.page.keyboard.press("Shift+Tab" if place["past"] else "Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def presses(self, target: Locator) -> None:
        self.reaches(target)
        self.page.keyboard.press("Enter")

    def writes(self, target: Locator, text: str) -> None:
        self.reaches(target)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        expect(target).to_have_value(text)

    def ticks(self, target: Locator) -> None:
        """A tick box by Space; a radio button by Space and the arrows, from the one that Tab stops at."""
        radio = target.get_attribute("type") == "radio"
        self.reaches(target, group=radio)
        if not target.is_checked():
            self.page.keyboard.press("Space")
        for _ in range(20 if radio else 0):
            if target.is_checked():
                break
            self.page.keyboard.press("ArrowDown")
        expect(target).to_be_checked()

    def picks(self, target: Locator, label: str = "") -> None:
        """One of a list, by typing its name; without a name the first that there is."""
        self.reaches(target)
        if label:
            self.page.keyboard.type(label)
        else:
            self.page.keyboard.press("ArrowDown")

    def takes(self, task: str, citizen: str) -> None:
        """To the inbox by its menu, the citizen by searching, the task by `j` and Enter, or by Tab without scripts."""
        menu = self.page.get_by_role("navigation", name="Hovedmenu")
        self.presses(menu.get_by_role("link", name="Mine opgaver"))
        self.presses(self.page.get_by_role("link", name="Alle i mine enheder"))
        expect(self.page.locator("[aria-current=true]")).to_contain_text("Alle i mine enheder")
        search = self.page.get_by_label("Søg på opgave, navn eller CPR")
        if self.scripts:
            self.page.keyboard.press("/")
            expect(search).to_be_focused()
        self.writes(search, citizen)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("link", name="Fjern filtre").first).to_be_visible()
        link = self.page.locator(".st-task__what").get_by_role("link", name=task, exact=True)
        if self.scripts:
            link.wait_for()
            self._walks(link)
        self.presses(link)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(task)

    def _walks(self, link: Locator) -> None:
        """`j` down the list until the link has the focus."""
        # A single key is a letter while one writes, so one leaves the field first.
        self.reaches(self.page.get_by_role("button", name="Søg", exact=True))
        for _ in range(self.page.locator(".st-task").count()):
            self.page.keyboard.press("j")
            if link.evaluate(LOOK)["here"]:
                break

    def is_done(self) -> None:
        """As everybody; then the focus is on what was done, so that it is read and the next is one Tab away."""
        Person.is_done(self)
        if self.scripts:
            expect(self.page.get_by_role("status").first).to_be_focused()

    def is_refused(self) -> None:
        """Sent with something missing: the summary has the focus, and its first link leads to the field."""
        self.presses(self.page.get_by_role("button", name=DONE))
        wrong = self.page.locator("#problems")
        expect(wrong).to_be_focused()
        field = str(wrong.get_by_role("link").first.get_attribute("href"))
        self.presses(wrong.get_by_role("link").first)
        expect(self.page.locator(field)).to_be_focused()
