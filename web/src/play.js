// Play: <st-play-diagram> paints where a play stands, or what scenarios have walked; <st-play> has single keys.
// The page works without either: everything here stands in its text and buttons, too.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './play.css';
import { inDanish } from './fixed-words.js';

class PlayDiagram extends HTMLElement {
  async connectedCallback() {
    if (matchMedia('(max-width: 575px)').matches) return;
    this.hidden = false;
    const facts = await this.#facts();
    if (!facts) { this.hidden = true; return; }
    this.viewer = new NavigatedViewer({ container: this });
    inDanish(this);
    try {
      await this.viewer.importXML(facts.bpmn);
    } catch {
      this.hidden = true;
      return;
    }
    this.#paint(facts);
    this.#frame(facts.tokens?.find(id => this.#get(id)));
    // How far the drawing is zoomed.
    // nosemgrep: browser-keeps
    this.viewer.on('canvas.viewbox.changed', ({ viewbox: { x, y, width, height } }) => sessionStorage.setItem(this.#place, JSON.stringify({ x, y, width, height })));
    this.dataset.ready = '';
  }

  async #facts() {
    const inside = this.querySelector('script[type="application/json"]');
    if (inside) return JSON.parse(inside.textContent);
    const answer = await fetch(this.dataset.src, { headers: { Accept: 'application/json' } }).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  get #place() { return `stafet-play-${this.dataset.place}`; }

  #get(id) { return this.viewer.get('elementRegistry').get(id); }

  #paint({ tokens = [], done = [], missed = [], ways = [], due = {}, links = {} }) {
    const canvas = this.viewer.get('canvas'), overlays = this.viewer.get('overlays');
    const mark = (ids, name) => ids.filter(id => this.#get(id)).forEach(id => canvas.addMarker(id, name));
    mark(done, 'is-done');
    mark(ways, 'is-walked');
    mark(missed, 'is-missed');
    mark(tokens, 'is-now');
    for (const id of tokens) if (this.#get(id)) overlays.add(id, { position: { top: -14, left: -14 }, html: this.#baton() });
    for (const [ id, words ] of Object.entries(due)) if (this.#get(id)) overlays.add(id, { position: { bottom: -4, left: 0 }, html: badge(words) });
    mark(Object.keys(links), 'is-open');
    this.viewer.on('element.click', ({ element }) => { if (links[element.id]) location.assign(links[element.id]); });
  }

  #baton() {
    const made = badge('');
    made.className = 'st-token';
    // The address of our own picture, as our template gave it.
    // nosemgrep: browser-html-from-data
    made.innerHTML = `<svg aria-hidden="true"><use href="${this.dataset.marks}#step-now"></use></svg>`;
    return made;
  }

  #frame(now) {
    const canvas = this.viewer.get('canvas');
    this.style.height = `${Math.min(Math.max(canvas.viewbox().inner.height * 0.9 + 48, 260), 560)}px`;
    canvas.resized();
    canvas.zoom('fit-viewport', 'auto');
    const before = sessionStorage.getItem(this.#place);
    if (before) canvas.viewbox(JSON.parse(before));
    // Where it stands is in sight, whatever was looked at before.
    if (now) canvas.scrollToElement(now, 60);
  }
}

function badge(words) {
  const made = document.createElement('div');
  made.className = 'st-badge';
  made.textContent = words;
  return made;
}

class Play extends HTMLElement {
  connectedCallback() {
    const hint = this.querySelector('[data-keys-hint]');
    if (hint) hint.hidden = false;
    this.onkey = event => this.#key(event);
    document.addEventListener('keydown', this.onkey);
  }

  disconnectedCallback() { document.removeEventListener('keydown', this.onkey); }

  #key(event) {
    const busy = event.target.closest('input, textarea, select, dialog, st-play-diagram');
    if (busy || localStorage.getItem('stafet-keys-off') === '1' || event.ctrlKey || event.metaKey || event.altKey) return;
    const found = this.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!found) return;
    event.preventDefault();
    if (found.matches('input')) found.focus();
    else found.click();
  }
}

customElements.define('st-play-diagram', PlayDiagram);
customElements.define('st-play', Play);
