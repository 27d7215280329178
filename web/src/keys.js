// Shortcuts in lists: j and k walk the rows, Enter opens (the link has the focus), c claims, x ticks, ? helps.
// They improve the list that is there; whoever does not want single keys switches them off, and that is remembered.

const OFF = 'stafet-keys-off';
// The inbox's tasks, and the rows and groups of operators.
const ROWS = '.st-tasks > .st-task, [data-row]';

class Keys extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.dialog = this.querySelector('dialog');
    this.toggle = this.querySelector('[data-keys=off]');
    this.say();
    this.addEventListener('click', event => this.pressed(event.target.closest('[data-keys]')?.dataset.keys));
    document.addEventListener('keydown', event => this.key(event));
  }

  get off() { return localStorage.getItem(OFF) === '1'; }

  say() { this.toggle.textContent = this.off ? this.toggle.dataset.on : this.toggle.dataset.off; }

  pressed(what) {
    if (what === 'help') this.dialog.showModal();
    if (what === 'close') this.dialog.close();
    if (what !== 'off') return;
    if (this.off) localStorage.removeItem(OFF);
    // Whether the keys are off.
    else localStorage.setItem(OFF, '1'); // nosemgrep: browser-keeps
    this.say();
  }

  key(event) {
    const typing = event.target.closest('input:not([type=checkbox]), textarea, select, dialog');
    if (this.off || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { j: () => this.walk(1), k: () => this.walk(-1), c: () => this.press('.st-task__act button'),
      x: () => this.press('.st-task__pick input'), '/': () => document.getElementById('q')?.focus(),
      '?': () => this.dialog.showModal() }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // The row that has the focus somewhere inside, else none.
  get here() { return document.activeElement?.closest(ROWS); }

  walk(by) {
    const tasks = [...document.querySelectorAll(ROWS)].filter(row => row.querySelector('a'));
    if (!tasks.length) return;
    const at = tasks.indexOf(this.here);
    const next = at < 0 ? (by > 0 ? 0 : tasks.length - 1) : Math.min(Math.max(at + by, 0), tasks.length - 1);
    const link = tasks[next].querySelector('.st-task__what a, a');
    if (!link) return;
    link.focus();
    link.scrollIntoView({ block: 'nearest' });
  }

  press(selector) { this.here?.querySelector(selector)?.click(); }
}

customElements.define('st-keys', Keys);
