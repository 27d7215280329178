// Saves a draft over the API a moment after each change, one save at a time; says how it went, and what differs where
// somebody else was first.  `what()` gives the part of the draft that is edited here, `draw(draft)` shows the stored one.

/** How long nothing is changed before it is saved, in milliseconds. */
const PAUSE = 900;

export class Saving {
  constructor(box, about, { what, draw, done = () => {} }) {
    Object.assign(this, { box, about, what, draw, done, words: about.words, version: about.version, dirty: false });
    addEventListener('beforeunload', event => this.dirty && event.preventDefault());
    if (!about.may) this.say(this.words.read_only);
  }

  get address() { return `/api/v1/drafts/${this.about.agreement}/${this.about.key}`; }

  say(text) { this.box.querySelector('[data-saved]').textContent = text; }

  async ask(method, address, body) {
    const headers = { Accept: 'application/json', 'X-CSRF-Token': this.about.csrf, 'Accept-Language': document.documentElement.lang };
    if (body) headers['Content-Type'] = 'application/json';
    const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }

  /** What changes nothing is asked of the pages, with the token of a form. */
  async post(address, facts) {
    const answer = await fetch(address, { method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ csrf: this.about.csrf, ...facts }) });
    return answer.ok ? answer.json() : null;
  }

  changed() {
    if (!this.about.may) return;
    this.dirty = true;
    this.say(this.words.unsaved);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.keep(), PAUSE);
  }

  async keep() {
    if (this.busy) return this.changed();
    this.busy = true;
    this.say(this.words.saving);
    try {
      const part = await this.what();
      this.dirty = false;
      const { status, body } = await this.ask('PUT', this.address, { ...part, version: this.version });
      if (status === 200) {
        this.version = body.version;
        this.say(this.words.saved.replace('%(when)s', body.saved_at.slice(11, 16).replace(':', '.')));
        this.done();
      } else {
        this.dirty = true;
        this.say(body.message);
        if (body.code === 'draft_changed') this.#conflict(body.errors ?? {});
      }
    } catch {
      this.dirty = true;
      this.say(this.words.lost);
      this.waiting = setTimeout(() => this.keep(), 5 * PAUSE);
    } finally {
      this.busy = false;
    }
  }

  #conflict(differences) {
    const box = this.box.querySelector('[data-conflict]');
    box.querySelector('[data-differences]').replaceChildren(...Object.values(differences).map(text => {
      const row = document.createElement('li');
      row.textContent = text;
      return row;
    }));
    box.hidden = false;
    box.scrollIntoView({ block: 'nearest' });
    const settle = async mine => {
      const theirs = await this.ask('GET', this.address);
      box.hidden = true;
      this.version = theirs.body.version;
      if (mine) return this.keep();
      this.dirty = false;
      return this.draw(theirs.body);
    };
    box.querySelector('[data-mine]').onclick = () => settle(true);
    box.querySelector('[data-theirs]').onclick = () => settle(false);
  }
}

/** An element with text and attributes: `made('p', 'Hej', { className: 'x' })`. */
export function made(tag, text = '', facts = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...facts });
}

/** A key or a file's name from what somebody calls a thing. */
export function suggested(name) {
  const plain = (name ?? '').toLowerCase().replace(/æ/g, 'ae').replace(/ø/g, 'oe').replace(/å/g, 'aa');
  return plain.replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '').slice(0, 40);
}
